//! Response bodies: BigQuery's JSON, indented unless refused, and its errors.

use bytes::Bytes;
use poem::http::{StatusCode, header};
use poem::{Body, Response};
use serde_json::{Value as Json, json};

/// An error in BigQuery's shape.
#[derive(Debug, Clone)]
pub(super) struct ApiError {
    pub status: StatusCode,
    pub reason: &'static str,
    pub message: String,
    pub domain: &'static str,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, reason: &'static str, message: String) -> Self {
        let domain = match reason {
            "rateLimitExceeded" | "quotaExceeded" => "usageLimits",
            _ => "global",
        };
        Self { status, reason, message, domain }
    }

    pub(super) fn not_found(what: &str) -> Self {
        let message = format!("Not found: {what}");
        Self::new(StatusCode::NOT_FOUND, "notFound", message)
    }

    pub(super) fn invalid(message: String) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    pub(super) fn missing_scope() -> Self {
        let message = "Request had insufficient authentication scopes.".to_owned();
        Self::new(StatusCode::FORBIDDEN, "insufficientPermissions", message)
    }

    pub(super) fn unauthenticated() -> Self {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access \
                       token, login cookie or other valid authentication credential.";
        Self::new(StatusCode::UNAUTHORIZED, "authError", message.to_owned())
    }

    pub(super) fn body(&self, with_errors: bool) -> Json {
        let mut error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "status": canonical(self.status),
        });
        if with_errors {
            error["errors"] = json!([{
                "message": self.message,
                "domain": self.domain,
                "reason": self.reason,
            }]);
        }
        json!({ "error": error })
    }
}

/// The gRPC status that BigQuery names beside an HTTP status.
fn canonical(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        429 => "RESOURCE_EXHAUSTED",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    }
}

/// A JSON response of a few kilobytes.
pub(super) fn json_response(status: StatusCode, body: &Json, pretty: bool) -> Response {
    let text = if pretty { format!("{body:#}\n") } else { body.to_string() };
    response(status, Body::from_string(text))
}

pub(super) fn response(status: StatusCode, body: Body) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json; charset=UTF-8")
        .body(body)
}

/// Indents compact JSON by two spaces, the way the API does unless `prettyPrint=false` is sent.
pub(super) fn indented(compact: &[Bytes]) -> Vec<u8> {
    let size: usize = compact.iter().map(Bytes::len).sum();
    let mut out = Vec::with_capacity(size * 4);
    let (mut depth, mut in_text, mut escaped, mut opened) = (0, false, false, false);
    for byte in compact.iter().flat_map(|chunk| chunk.iter().copied()) {
        if in_text {
            out.push(byte);
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        if opened && !matches!(byte, b']' | b'}') {
            depth += 1;
            line(&mut out, depth);
        }
        match byte {
            b']' | b'}' if !opened => {
                depth -= 1;
                line(&mut out, depth);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
        opened = matches!(byte, b'[' | b'{');
        in_text = byte == b'"';
    }
    out.push(b'\n');
    out
}

fn line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.extend(std::iter::repeat_n(b' ', depth * 2));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indenting_equals_a_parsers() {
        let body = json!({
            "kind": "x\\\"{[,:",
            "empty": [],
            "none": {},
            "rows": [{"f": [{"v": "1"}, {"v": null}, {"v": [{"v": "a\\"}]}]}],
        });
        let compact = body.to_string();
        let (head, tail) = compact.split_at(compact.len() / 2);
        let chunks =
            [Bytes::copy_from_slice(head.as_bytes()), Bytes::copy_from_slice(tail.as_bytes())];
        let pretty = String::from_utf8(indented(&chunks)).unwrap();
        assert_eq!(pretty, format!("{body:#}\n"));
    }

    #[test]
    fn errors_have_the_published_shape() {
        let error = ApiError::not_found("Table p:d.t");
        assert_eq!(
            error.body(true),
            json!({"error": {
                "code": 404,
                "message": "Not found: Table p:d.t",
                "errors": [{
                    "message": "Not found: Table p:d.t",
                    "domain": "global",
                    "reason": "notFound",
                }],
                "status": "NOT_FOUND",
            }})
        );
        assert!(error.body(false)["error"].get("errors").is_none());
    }
}
