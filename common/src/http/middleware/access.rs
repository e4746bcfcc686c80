//! One line and two metrics for every request.

use std::error::Error as StdError;
use std::time::Instant;

use poem::http::Method;

use crate::http::ApiError;

/// nginx's number for an answer nobody waited for; it is never sent.
const CLIENT_GONE: u16 = 499;

/// The methods of RFC 9110 and RFC 5789.
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// What a method is called in logs and metrics. Clients may send any word, and a label is never dropped again.
pub(super) fn method(sent: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == sent.as_str()).unwrap_or("other")
}

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

/// A request whose answer is still to come. Dropped before, its client has gone away.
pub(super) struct Open<'a> {
    method: &'static str,
    route: &'a str,
    begun: Instant,
    answered: bool,
}

impl<'a> Open<'a> {
    pub(super) fn new(method: &'static str, route: &'a str) -> Self {
        Self { method, route, begun: Instant::now(), answered: false }
    }

    /// The access log line and the request metrics.
    pub(super) fn answered(mut self, status: u16) {
        self.answered = true;
        tracing::info!(http.status = status, duration_ms = self.duration_ms(), "request");
        self.count(status);
    }

    fn duration_ms(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1_000.0
    }

    fn count(&self, status: u16) {
        let labels = [("method", self.method.to_owned()), ("route", self.route.to_owned())];
        metrics::histogram!("http_request_duration_seconds", &labels)
            .record(self.begun.elapsed().as_secs_f64());
        let [method, route] = labels;
        metrics::counter!("http_requests_total", &[method, route, ("status", status.to_string())])
            .increment(1);
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.answered {
            tracing::info!(duration_ms = self.duration_ms(), "the client went away");
            self.count(CLIENT_GONE);
        }
    }
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
