//! Cross-origin rules: exact origins from the configuration, with credentials, and nothing for anybody else.

use poem::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use poem::http::{HeaderValue, Method, StatusCode};
use poem::{Request, Response};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str = "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, \
    prefer, traceparent, x-csrf-token, x-request-id, x-tenant-id";
const ANSWER_HEADERS: &str = "etag, idempotency-replayed, location, ratelimit, ratelimit-policy, retry-after, \
    traceparent, www-authenticate, x-request-id";

/// The configured origins.
#[derive(Debug, Default)]
pub(crate) struct Cors {
    allowed: Vec<String>,
}

impl Cors {
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.to_vec() }
    }

    /// The request's origin, if it may call.
    pub(super) fn origin(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers().get(ORIGIN)?;
        self.allowed
            .iter()
            .any(|allowed| allowed.as_bytes() == origin.as_bytes())
            .then(|| origin.clone())
    }

    /// The answer to a preflight request. A foreign origin gets no permission, which is all a browser needs.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let preflight = *request.method() == Method::OPTIONS
            && request.headers().contains_key(ORIGIN)
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !preflight {
            return None;
        }
        let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
        if self.origin(request).is_some() {
            let headers = response.headers_mut();
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(REQUEST_HEADERS));
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        }
        Some(response)
    }

    /// Adds the permission for `origin` to any answer.
    pub(super) fn permit(&self, origin: Option<HeaderValue>, response: &mut Response) {
        if self.allowed.is_empty() {
            return;
        }
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(ANSWER_HEADERS));
        }
    }
}
