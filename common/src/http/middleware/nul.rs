//! Text with a NUL character cannot be stored by Postgres; it is refused here for all routes instead of failing in
//! one of them. The query check looks at its own values.

use poem::Request;
use serde_json::Value;

use crate::http::ApiError;
use crate::http::openapi::join;

/// Refuses `%00` in the path.
pub(super) fn check_path(request: &Request) -> Result<(), ApiError> {
    if request.uri().path().contains("%00") {
        return Err(ApiError::bad_parameter(
            "path",
            "malformed",
            "must not contain a NUL character",
        ));
    }
    Ok(())
}

/// Refuses a JSON body with a NUL character in a key or text.
pub(super) fn check_body(body: &[u8]) -> Result<(), ApiError> {
    // JSON can express NUL only by this escape, so nearly every body passes without being parsed.
    if !body.windows(6).any(|window| window == b"\\u0000") {
        return Ok(());
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Ok(()) };
    match find(&value, "") {
        Some(pointer) => {
            let detail = "must not contain a NUL character";
            Err(ApiError::bad_request("malformed_body", detail).pointer(
                pointer,
                "malformed",
                detail,
            ))
        }
        None => Ok(()),
    }
}

fn find(value: &Value, pointer: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| pointer.to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find(item, &join(pointer, &index.to_string()))),
        Value::Object(fields) => fields.iter().find_map(|(key, field)| {
            if key.contains('\0') {
                Some(pointer.to_owned())
            } else {
                find(field, &join(pointer, key))
            }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_real_nul_is_refused() {
        for (body, refused) in [
            (r#"{"a":"b"}"#, false),
            (r#"{"a":"\\u0000"}"#, false),
            (r#"{"a":["x","\u0000"]}"#, true),
            (r#"{"\u0000":1}"#, true),
            ("not json \\u0000", false),
        ] {
            assert_eq!(check_body(body.as_bytes()).is_err(), refused, "{body}");
        }
    }
}
