//! Text is text: a number or a boolean in its place is refused, although the parser would take it.

use poem::Request;

use super::query::without_credential;
use crate::http::openapi::mistyped_text;
use crate::http::{ApiError, MatchedOperation};

/// Checks the body against the operation. A protected operation called without any credential is left to its
/// handler, which answers 401.
pub(super) fn check(
    request: &Request,
    matched: Option<&MatchedOperation>,
    body: &[u8],
) -> Result<(), ApiError> {
    let Some(matched) = matched else { return Ok(()) };
    if body.is_empty() || without_credential(request, matched) {
        return Ok(());
    }
    let faults = mistyped_text(matched, body);
    match faults.first() {
        None => Ok(()),
        Some(first) => {
            Err(ApiError::bad_request("malformed_body", first.detail.clone()).fields(faults))
        }
    }
}
