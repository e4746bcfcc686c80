//! W3C trace context (<https://www.w3.org/TR/trace-context/>, version 00): read from requests, carried through
//! commands, events and jobs, and sent on with outgoing calls.

use std::fmt;
use std::future::Future;
use std::str::FromStr;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// One hop of a trace: who asked (`trace_id`) and which span of ours is working on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

/// The text is not a usable `traceparent`; such a header is ignored, as the standard asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid traceparent")]
pub struct InvalidTraceparent;

impl TraceContext {
    /// A new trace that starts here, not sampled: sampling is the caller's decision.
    pub fn root() -> Self {
        Self { trace_id: nonzero(rand::random), span_id: nonzero(rand::random), flags: 0 }
    }

    /// The same trace with a span id of our own: what an answer or an outgoing call carries.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span_id: nonzero(rand::random), ..self }
    }

    /// The trace id as 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// The context of the request or step running now, if any.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// Runs `work` with this context as the current one.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }
}

/// Zero means "absent" in the standard, for both ids.
fn nonzero<T: PartialEq + Default>(draw: impl Fn() -> T) -> T {
    loop {
        let value = draw();
        if value != T::default() {
            return value;
        }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceparent;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let version = hex(parts.next(), 2)?;
        let trace_id = hex(parts.next(), 32)?;
        let span_id = hex(parts.next(), 16)?;
        let flags = hex(parts.next(), 2)?;
        // 0xff is forbidden; a later version may append fields, version 00 may not.
        if version == 0xff
            || (version == 0 && parts.next().is_some())
            || trace_id == 0
            || span_id == 0
        {
            return Err(InvalidTraceparent);
        }
        let span_id = u64::try_from(span_id).map_err(|_| InvalidTraceparent)?;
        let flags = u8::try_from(flags).map_err(|_| InvalidTraceparent)?;
        Ok(Self { trace_id, span_id, flags })
    }
}

fn hex(part: Option<&str>, length: usize) -> Result<u128, InvalidTraceparent> {
    let part = part.filter(|part| part.len() == length).ok_or(InvalidTraceparent)?;
    let lower = part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !lower {
        return Err(InvalidTraceparent);
    }
    u128::from_str_radix(part, 16).map_err(|_| InvalidTraceparent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn reads_and_writes_the_standard_form() {
        let context: TraceContext = VALID.parse().unwrap();
        assert_eq!(context.to_string(), VALID);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let child = context.child();
        assert_eq!(child.trace_id, context.trace_id);
        assert_ne!(child.span_id, context.span_id);
    }

    #[test]
    fn refuses_what_the_standard_refuses() {
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(bad.parse::<TraceContext>(), Err(InvalidTraceparent), "{bad}");
        }
    }

    #[tokio::test]
    async fn is_current_inside_its_scope_only() {
        let context = TraceContext::root();
        assert_eq!(context.scope(async { TraceContext::current() }).await, Some(context));
        assert_eq!(TraceContext::current(), None);
    }
}
