//! The id of the request that is worked on, or that the running step came from: it goes into jobs, events and the
//! audit trail, so that all that one request caused is found by it.

use std::future::Future;
use std::sync::Arc;

tokio::task_local! {
    static CURRENT: Arc<str>;
}

/// None outside a request and what it caused.
#[must_use]
pub fn current_request_id() -> Option<Arc<str>> {
    CURRENT.try_with(Arc::clone).ok()
}

/// Runs `work` as caused by the request with this id.
pub async fn with_request_id<F: Future>(id: Arc<str>, work: F) -> F::Output {
    CURRENT.scope(id, work).await
}
