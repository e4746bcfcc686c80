//! [`ApiError`] towards poem (an answer) and poem-openapi (documentation on every operation).

use poem::error::ResponseError;
use poem::http::{StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;

use super::ApiError;
use crate::http::Problem;

/// Content type of every error body.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

impl ApiError {
    /// The complete answer to one request.
    pub(crate) fn answer(&self, instance: &str, request_id: &str) -> Response {
        let body = serde_json::to_vec(&self.problem(instance, request_id)).unwrap_or_default();
        let mut response = Response::builder()
            .status(self.status())
            .header(header::CONTENT_TYPE, PROBLEM_JSON)
            .body(body);
        for (name, value) in self.headers() {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response
    }
}

impl ResponseError for ApiError {
    fn status(&self) -> StatusCode {
        self.status()
    }

    /// Used only outside the ground's middleware, which knows the request and answers by itself.
    fn as_response(&self) -> Response {
        self.answer("", "")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.answer("", "")
    }
}

/// An error status as documented.
struct Documented {
    status: u16,
    occurs: &'static str,
    /// The header that comes with it, and what it says.
    header: Option<(&'static str, &'static str)>,
}

const fn plain(status: u16, occurs: &'static str) -> Documented {
    Documented { status, occurs, header: None }
}

const fn with(
    status: u16,
    occurs: &'static str,
    name: &'static str,
    says: &'static str,
) -> Documented {
    Documented { status, occurs, header: Some((name, says)) }
}

/// The document is then reduced per operation to the statuses it can really answer (`openapi::document`).
const DOCUMENTED: &[Documented] = &[
    plain(400, "The request cannot be read."),
    with(
        401,
        "No credential, or not a valid one.",
        "www-authenticate",
        "What to authenticate with.",
    ),
    plain(403, "The caller's role does not allow it."),
    plain(404, "There is no such resource, or it is not the caller's."),
    plain(409, "The state of the resource does not permit it."),
    plain(412, "`If-Match` names another version."),
    plain(413, "The body is too large."),
    plain(415, "The content type is not supported."),
    plain(422, "Readable, but not acceptable."),
    plain(428, "`If-Match` is required."),
    with(429, "Too many requests.", "retry-after", "Seconds to wait."),
    plain(500, "Something went wrong on our side."),
    with(503, "Something we need is away for now.", "retry-after", "Seconds to wait."),
];

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        let one = |documented: &Documented| MetaResponse {
            description: documented.occurs,
            status: Some(documented.status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: PROBLEM_JSON,
                schema: Problem::schema_ref(),
            }],
            headers: documented
                .header
                .iter()
                .map(|(name, says)| MetaHeader {
                    name: (*name).to_owned(),
                    description: Some((*says).to_owned()),
                    required: false,
                    deprecated: false,
                    schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
                })
                .collect(),
        };
        MetaResponses { responses: DOCUMENTED.iter().map(one).collect() }
    }

    fn register(registry: &mut Registry) {
        <Problem as Type>::register(registry);
    }
}
