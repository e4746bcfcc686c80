//! What an answer tells about the limits its request was counted against
//! (<https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>).

use std::cell::RefCell;

use poem::Response;
use poem::http::{HeaderName, HeaderValue};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

tokio::task_local! {
    /// State of the tightest limit the current request was counted against.
    static SHOWN: RefCell<Option<Shown>>;
}

/// One limit as its two headers say it.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub(super) remaining: u32,
    pub(super) limit: String,
    pub(super) policy: String,
}

/// Remembers it for the answer, unless a tighter one was met.
pub(super) fn show(remaining: u32, shown: impl FnOnce() -> Shown) {
    // Outside a request (a CLI verb, a test) there is nobody to show it to.
    let _ = SHOWN.try_with(|slot| {
        let mut slot = slot.borrow_mut();
        if slot.as_ref().is_none_or(|tightest| remaining < tightest.remaining) {
            *slot = Some(shown());
        }
    });
}

/// Remembers the limit that refused the request.
pub(super) fn show_refusal(shown: impl FnOnce() -> Shown) {
    let _ = SHOWN.try_with(|slot| slot.replace(Some(shown())));
}

/// Runs a request so that the limits it meets are remembered.
pub(crate) async fn observed<F: Future>(work: F) -> F::Output {
    SHOWN.scope(RefCell::new(None), work).await
}

/// Adds `RateLimit` and `RateLimit-Policy` for the tightest limit the request met.
pub(crate) fn reveal(response: &mut Response) {
    let shown = SHOWN.try_with(|slot| slot.borrow().clone()).ok().flatten();
    let Some(shown) = shown else { return };
    for (name, value) in [(RATE_LIMIT, shown.limit), (RATE_LIMIT_POLICY, shown.policy)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
}
