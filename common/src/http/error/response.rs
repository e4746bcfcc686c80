//! [`ApiError`] towards poem (an answer) and poem-openapi (documentation on every operation).

use poem::error::ResponseError;
use poem::http::{HeaderName, StatusCode, header};
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

/// Status, when it occurs, and the header that comes with it. The document is then reduced per operation to the
/// statuses it can really answer (`openapi::document`).
const DOCUMENTED: &[(u16, &str, Option<(HeaderName, &str)>)] = &[
    (400, "The request cannot be read.", None),
    (
        401,
        "No credential, or not a valid one.",
        Some((header::WWW_AUTHENTICATE, "What to authenticate with.")),
    ),
    (403, "The caller's role does not allow it.", None),
    (404, "There is no such resource, or it is not the caller's.", None),
    (409, "The state of the resource does not permit it.", None),
    (412, "`If-Match` names another version.", None),
    (413, "The body is too large.", None),
    (415, "The content type is not supported.", None),
    (422, "Readable, but not acceptable.", None),
    (428, "`If-Match` is required.", None),
    (429, "Too many requests.", Some((header::RETRY_AFTER, "Seconds to wait."))),
    (500, "Something went wrong on our side.", None),
    (503, "Something we need is away for now.", Some((header::RETRY_AFTER, "Seconds to wait."))),
];

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        let one =
            |(status, description, header): &(u16, &'static str, Option<(HeaderName, &str)>)| {
                MetaResponse {
                    description,
                    status: Some(*status),
                    status_range: None,
                    content: vec![MetaMediaType {
                        content_type: PROBLEM_JSON,
                        schema: Problem::schema_ref(),
                    }],
                    headers: header
                        .iter()
                        .map(|(name, description)| MetaHeader {
                            name: name.as_str().to_owned(),
                            description: Some((*description).to_owned()),
                            required: false,
                            deprecated: false,
                            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
                        })
                        .collect(),
                }
            };
        MetaResponses { responses: DOCUMENTED.iter().map(one).collect() }
    }

    fn register(registry: &mut Registry) {
        <Problem as Type>::register(registry);
    }
}
