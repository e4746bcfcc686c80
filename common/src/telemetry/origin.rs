//! Where work that outlives a request came from.

use std::future::Future;

use super::{TraceContext, current_request_id, with_request_id};

/// A request, as it is stored beside the work that it caused; both are none for work nobody asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    pub request_id: Option<String>,
    /// In the form of the header.
    pub traceparent: Option<String>,
}

impl Origin {
    /// The request that is worked on now.
    #[must_use]
    pub fn current() -> Self {
        Self {
            request_id: current_request_id().map(|id| id.to_string()),
            traceparent: TraceContext::current().map(|trace| trace.to_string()),
        }
    }

    /// The id of the trace, for logs; empty when there is none.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.trace().map(|trace| trace.trace_id()).unwrap_or_default()
    }

    /// Runs `work` as a further part of what the request caused.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        // Work nobody asked for begins a trace of its own.
        let trace = self.trace().map_or_else(TraceContext::root, TraceContext::child);
        let work = trace.scope(work);
        match &self.request_id {
            Some(id) => with_request_id(id.as_str().into(), work).await,
            None => work.await,
        }
    }

    fn trace(&self) -> Option<TraceContext> {
        self.traceparent.as_ref()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_request_caused_goes_on_under_its_ids() {
        let trace = TraceContext::root();
        let stored =
            with_request_id("req-1".into(), trace.scope(async { Origin::current() })).await;
        assert_eq!(stored.request_id.as_deref(), Some("req-1"));
        assert_eq!(stored.trace_id(), trace.trace_id());
        let later = stored.scope(async { Origin::current() }).await;
        assert_eq!(later.request_id, stored.request_id);
        assert_eq!(later.trace_id(), trace.trace_id());
        assert_ne!(later.traceparent, stored.traceparent, "a span of its own");

        assert_eq!(Origin::current(), Origin::default());
        let alone = Origin::default().scope(async { Origin::current() }).await;
        assert_eq!(alone.request_id, None);
        assert!(!alone.trace_id().is_empty());
    }
}
