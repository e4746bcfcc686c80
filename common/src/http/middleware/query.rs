//! Query parameters nobody reads are refused: a misspelt filter must not answer with everything.

use poem::Request;
use poem::http::header::{AUTHORIZATION, COOKIE};

use crate::http::openapi::known;
use crate::http::{ApiError, MatchedOperation};

/// True for a protected operation that is called by nobody in particular.
pub(super) fn without_credential(request: &Request, matched: &MatchedOperation) -> bool {
    let headers = request.headers();
    matched.operation.secured
        && !headers.contains_key(AUTHORIZATION)
        && !headers.contains_key(COOKIE)
}

/// Checks the query string against the operation. A protected operation called without any credential is left
/// to its handler, which answers 401.
pub(super) fn check(request: &Request, matched: Option<&MatchedOperation>) -> Result<(), ApiError> {
    let Some(query) = request.uri().query().filter(|query| !query.is_empty()) else {
        return Ok(());
    };
    let Some(matched) = matched else { return Ok(()) };
    let operation = &matched.operation;
    if without_credential(request, matched) {
        return Ok(());
    }
    let pairs: Vec<(String, String)> = request.params().map_err(|_| {
        ApiError::bad_request(
            "malformed_query",
            format!("the query string `{query}` cannot be read"),
        )
    })?;
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &pairs {
        if value.contains('\0') {
            return Err(ApiError::bad_parameter(
                name,
                "malformed",
                "must not contain a NUL character",
            ));
        }
        let Some(known) = operation.query_parameters.iter().find(|known| known.name == *name)
        else {
            let known =
                known::list(operation.query_parameters.iter().map(|known| known.name.as_str()));
            let detail = format!("there is no such parameter; known: {known}");
            return Err(ApiError::bad_parameter(name, "unknown_parameter", detail));
        };
        if seen.contains(&name.as_str()) && !known.repeatable {
            return Err(ApiError::bad_parameter(name, "repeated_parameter", "may be given once"));
        }
        seen.push(name);
    }
    Ok(())
}
