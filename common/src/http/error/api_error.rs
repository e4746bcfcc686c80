//! [`ApiError`]: status, code, sentence, faulty parts and headers of one refused or failed request.

use std::error::Error as StdError;

use poem::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use poem::http::{HeaderName, HeaderValue, StatusCode};

use crate::http::{FieldError, Problem};

/// What an endpoint returns.
pub type ApiResult<T> = Result<T, ApiError>;

/// An error on its way to a client. The cause, if any, goes to the log and never to the client.
#[derive(Debug, thiserror::Error)]
#[error("{} {}: {}", .inner.status.as_u16(), .inner.code, .inner.detail)]
pub struct ApiError {
    // Boxed, so that `Result<T, ApiError>` stays small on the good path.
    inner: Box<Inner>,
}

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl ApiError {
    /// Any status; the named constructors below are the usual way.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                status,
                code,
                detail: detail.into(),
                errors: Vec::new(),
                headers: Vec::new(),
                cause: None,
            }),
        }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 400 about one path, query or header parameter.
    pub fn bad_parameter(
        name: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (name, detail) = (name.into(), detail.into());
        Self::bad_request(code, format!("parameter `{name}`: {detail}"))
            .parameter(name, code, detail)
    }

    /// 422: readable, but not acceptable. Add the faulty parts with [`Self::pointer`] or [`Self::parameter`].
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
    }

    /// 422 about one field of the body, named by its JSON pointer.
    pub fn invalid_field(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (pointer, detail) = (pointer.into(), detail.into());
        Self::invalid(format!("`{pointer}`: {detail}")).pointer(pointer, code, detail)
    }

    /// 422 about one well-formed parameter.
    pub fn invalid_parameter(
        name: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (name, detail) = (name.into(), detail.into());
        Self::invalid(format!("parameter `{name}`: {detail}")).parameter(name, code, detail)
    }

    /// 404. One text for "does not exist" and "is not yours", so that nobody learns which.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such resource")
    }

    /// 405 with the methods that would be answered here.
    pub fn method_not_allowed(allowed: &str) -> Self {
        let error = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("this resource answers {allowed}"),
        );
        error.header(ALLOW, allowed)
    }

    /// 409: the state of the resource does not permit it.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 401 with the challenge RFC 6750 asks for. `error` is its error code (`invalid_token`), none when no
    /// credential was sent.
    pub fn unauthorized(error: Option<&'static str>, detail: impl Into<String>) -> Self {
        let challenge = match error {
            Some(error) => format!("Bearer realm=\"footfall\", error=\"{error}\""),
            None => "Bearer realm=\"footfall\"".to_owned(),
        };
        Self::new(StatusCode::UNAUTHORIZED, error.unwrap_or("unauthorized"), detail)
            .header(WWW_AUTHENTICATE, &challenge)
    }

    /// 403: known, but not allowed to.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 412: `If-Match` names another version.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "stale_version", detail)
    }

    /// 413: the body is larger than this route takes.
    pub fn too_large(limit_bytes: usize) -> Self {
        let detail = format!("the body is larger than {limit_bytes} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// 415: the body has a content type this route does not take.
    pub fn unsupported_media_type(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 428: a change of configuration needs `If-Match`.
    pub fn precondition_required() -> Self {
        let detail = "send the ETag you read as If-Match";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required", detail)
            .parameter("If-Match", "required", detail)
    }

    /// 429: try again after `retry_after_seconds`.
    pub fn too_many(retry_after_seconds: u64, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", detail)
            .retry_after(retry_after_seconds)
    }

    /// 503: something we need is away for now.
    pub fn unavailable(
        code: &'static str,
        retry_after_seconds: u64,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(retry_after_seconds)
    }

    /// 500: `cause` is logged once by the outermost middleware, the client sees the request id.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong on our side; the request id identifies it in our logs",
        )
        .caused_by(cause)
    }

    /// Adds a faulty field of the body.
    #[must_use]
    pub fn pointer(
        mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        self.inner.errors.push(FieldError {
            pointer: Some(pointer.into()),
            parameter: None,
            code: code.to_owned(),
            detail: detail.into(),
        });
        self
    }

    /// Adds a faulty parameter.
    #[must_use]
    pub fn parameter(
        mut self,
        name: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        self.inner.errors.push(FieldError {
            pointer: None,
            parameter: Some(name.into()),
            code: code.to_owned(),
            detail: detail.into(),
        });
        self
    }

    /// Adds faulty parts found elsewhere.
    #[must_use]
    pub fn fields(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.inner.errors.extend(errors);
        self
    }

    /// Adds an answer header; text that cannot be a header value is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.inner.headers.push((name, value));
        }
        self
    }

    /// Adds `Retry-After`.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, &seconds.to_string())
    }

    /// Remembers the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.cause = Some(cause.into());
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.inner.status
    }

    /// The stable word behind `type`.
    pub fn code(&self) -> &'static str {
        self.inner.code
    }

    /// The sentence for the client.
    pub fn detail(&self) -> &str {
        &self.inner.detail
    }

    /// What goes to the log.
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync)> {
        self.inner.cause.as_deref()
    }

    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.inner.headers
    }

    /// The body for a request.
    pub fn problem(&self, instance: &str, request_id: &str) -> Problem {
        Problem {
            kind: format!("urn:footfall:problem:{}", self.inner.code),
            title: self.inner.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.inner.status.as_u16(),
            detail: shortened(&self.inner.detail),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.inner.errors.iter().map(shown).collect(),
        }
    }
}

/// Longest sentence for a client, in characters. Some parsers repeat what they were sent.
const LONGEST_DETAIL: usize = 1_000;

fn shown(error: &FieldError) -> FieldError {
    FieldError { detail: shortened(&error.detail), ..error.clone() }
}

fn shortened(detail: &str) -> String {
    match detail.char_indices().nth(LONGEST_DETAIL) {
        Some((end, _)) => format!("{}…", &detail[..end]),
        None => detail.to_owned(),
    }
}
