//! One line and two metrics for every request.

use std::error::Error as StdError;
use std::time::Duration;

use crate::http::ApiError;

/// Logs why a request failed: causes of 5xx as errors, once; refusals only for those who debug.
pub(super) fn failure(error: &ApiError) {
    let cause = error.cause().map(chain).unwrap_or_default();
    let code = error.code();
    if error.status().as_u16() == 500 {
        tracing::error!(error.code = code, error.cause = %cause, "request failed");
    } else if error.status().is_server_error() {
        tracing::warn!(error.code = code, error.cause = %cause, "request refused for now");
    } else {
        tracing::debug!(error.code = code, error.cause = %cause, "request refused");
    }
}

/// The access log line and the request metrics.
pub(super) fn done(method: &str, route: &str, status: u16, took: Duration) {
    let duration_ms = took.as_secs_f64() * 1_000.0;
    tracing::info!(http.status = status, duration_ms, "request");
    let labels = [("method", method.to_owned()), ("route", route.to_owned())];
    metrics::histogram!("http_request_duration_seconds", &labels).record(took.as_secs_f64());
    let [method, route] = labels;
    metrics::counter!("http_requests_total", &[method, route, ("status", status.to_string())])
        .increment(1);
}

fn chain(error: &(dyn StdError + Send + Sync)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // `#[error(transparent)]` repeats its source.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}
