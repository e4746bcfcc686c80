//! Errors of poem and poem-openapi, which arise before a handler runs, as [`ApiError`].

use poem::error::{
    MethodNotAllowedError, NotFoundError, ParsePathError as PoemPathError, ParseQueryError,
    ReadBodyError, SizedLimitError,
};
use poem::http::StatusCode;
use poem_openapi::error::{
    AuthorizationError, ContentTypeError, ParseMultipartError, ParseParamError, ParsePathError,
    ParseRequestPayloadError,
};

use super::ApiError;
use crate::http::openapi::{MatchedOperation, explain_body};

/// What the mapping may consult about the request at hand.
pub(crate) struct Context<'a> {
    pub(crate) operation: Option<&'a MatchedOperation>,
    pub(crate) path: &'a str,
    pub(crate) allowed: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) body_limit: usize,
}

pub(crate) fn from_poem(error: poem::Error, context: &Context<'_>) -> ApiError {
    let error = match error.downcast::<ApiError>() {
        Ok(error) => return error,
        Err(error) => error,
    };
    if error.is::<NotFoundError>() {
        return ApiError::not_found();
    }
    if error.is::<MethodNotAllowedError>() {
        return ApiError::method_not_allowed(context.allowed);
    }
    if let Some(ParsePathError { name, reason }) = error.downcast_ref() {
        let name = path_parameter(name, context.operation);
        let detail = expected(&name, context.operation).unwrap_or_else(|| readable(reason));
        return ApiError::bad_parameter(name, "malformed", detail);
    }
    if let Some(ParseParamError { name, reason }) = error.downcast_ref() {
        let code = parameter_code(reason);
        let words = expected(name, context.operation).filter(|_| code == "malformed");
        return ApiError::bad_parameter(*name, code, words.unwrap_or_else(|| readable(reason)));
    }
    if let Some(ParseRequestPayloadError { reason }) = error.downcast_ref() {
        let fields = explain_body(context.operation, context.body, reason);
        let detail = fields.first().map_or_else(|| readable(reason), |field| field.detail.clone());
        return ApiError::bad_request("malformed_body", detail).fields(fields);
    }
    if let Some(error) = error.downcast_ref::<ContentTypeError>() {
        return ApiError::unsupported_media_type(error.to_string()).parameter(
            "Content-Type",
            "unsupported",
            "see the operation's request body for what it takes",
        );
    }
    if matches!(error.downcast_ref(), Some(ReadBodyError::PayloadTooLarge))
        || matches!(error.downcast_ref(), Some(SizedLimitError::PayloadTooLarge))
    {
        return ApiError::too_large(context.body_limit);
    }
    if error.is::<AuthorizationError>() {
        return ApiError::unauthorized(
            None,
            "send a bearer token, an API key or the session cookie",
        );
    }
    if error.is::<PoemPathError>() {
        // The router could not decode a segment, so it never got to parsing the parameter.
        let name =
            context.operation.and_then(|matched| matched.operation.undecodable(context.path));
        return ApiError::bad_parameter(name.unwrap_or("path"), "malformed", "not valid UTF-8");
    }
    if error.is::<ParseQueryError>()
        || error.is::<ParseMultipartError>()
        || error.is::<ReadBodyError>()
    {
        return ApiError::bad_request("malformed", error.to_string());
    }
    other(error)
}

/// An error whose type we do not know: its status decides, and the text of a 5xx stays inside.
fn other(error: poem::Error) -> ApiError {
    let status = error.status();
    if status.is_server_error() {
        return ApiError::internal(error.to_string());
    }
    if status.is_client_error() {
        return from_status(status).caused_by(error.to_string());
    }
    // An `Err` with a good status is a programming error; it must not reach the client as a success.
    ApiError::internal(format!("error with status {status}: {error}"))
}

/// The problem for a bare status.
pub(crate) fn from_status(status: StatusCode) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::UNAUTHORIZED => {
            ApiError::unauthorized(None, "send a bearer token, an API key or the session cookie")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ApiError::unavailable("unavailable", 2, "not available for now; try again")
        }
        status if status.is_server_error() => ApiError::internal(format!("bare status {status}")),
        status => ApiError::new(
            status,
            "refused",
            status.canonical_reason().unwrap_or("refused").to_lowercase(),
        ),
    }
}

/// poem-openapi calls path parameters `param0`, `param1` in the order of the template.
fn path_parameter(name: &str, operation: Option<&MatchedOperation>) -> String {
    name.strip_prefix("param")
        .and_then(|index| index.parse::<usize>().ok())
        .and_then(|index| operation?.operation.path_parameters.get(index).cloned())
        .unwrap_or_else(|| name.to_owned())
}

fn expected(parameter: &str, operation: Option<&MatchedOperation>) -> Option<String> {
    operation?.operation.expected(parameter)
}

fn parameter_code(reason: &str) -> &'static str {
    if reason.contains("expects an input value") {
        "required"
    } else if reason.starts_with("verification failed") {
        "out_of_range"
    } else {
        "malformed"
    }
}

/// poem-openapi's sentences name Rust-side types: `failed to parse "uuid": … (occurred while parsing "NewJob")`.
fn readable(reason: &str) -> String {
    if reason.contains("expects an input value") {
        return "is required".to_owned();
    }
    let reason = reason.split(" (occurred while parsing").next().unwrap_or(reason);
    match reason.strip_prefix("failed to parse \"").and_then(|rest| rest.split_once("\": ")) {
        Some((_, rest)) => format!("not valid: {rest}"),
        None => reason.to_owned(),
    }
}
