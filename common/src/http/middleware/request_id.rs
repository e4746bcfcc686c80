//! The id that connects an answer, its log lines and the work it started.

use std::fmt;
use std::sync::Arc;

use poem::Request;
use uuid::Uuid;

/// Name of the header in and out.
pub(crate) const HEADER: &str = "x-request-id";

/// Id of one request. The client's own, when it sends a usable one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// Takes `X-Request-Id` or makes a new id. Only harmless characters are taken over, because the id is
    /// written to logs and headers.
    pub(crate) fn of(request: &Request) -> Self {
        match request.header(HEADER) {
            Some(given) if usable(given) => Self(given.into()),
            _ => Self(Uuid::now_v7().to_string().into()),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, for what outlives the request.
    pub(crate) fn shared(&self) -> Arc<str> {
        self.0.clone()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn usable(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_are_taken_over() {
        for (given, taken) in [("abc-1.2_3", true), ("", false), ("a b", false), ("a\"b", false)] {
            let request = Request::builder().header(HEADER, given).finish();
            assert_eq!(RequestId::of(&request).as_str() == given, taken, "{given}");
        }
        let long = "x".repeat(129);
        let request = Request::builder().header(HEADER, &long).finish();
        assert_ne!(RequestId::of(&request).as_str(), long);
    }
}
