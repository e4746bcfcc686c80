//! Answers with a strong entity tag: 200 with a body, or 304.

use std::marker::PhantomData;

use bytes::Bytes;
use common::http::{ApiError, ETag};
use poem::http::StatusCode;
use poem::http::header::{CACHE_CONTROL, ETAG};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::{ToJSON, Type};

/// People's data: the browser may keep nothing and proxies less.
pub(super) const PRIVATE: &str = "private, no-store";

/// A JSON answer of shape `T`, already rendered.
#[derive(Debug)]
pub(super) struct Conditional<T> {
    tag: ETag,
    /// None: the client has it.
    body: Option<Bytes>,
    shape: PhantomData<fn() -> T>,
}

impl<T> Conditional<T> {
    pub(super) const fn not_modified(tag: ETag) -> Self {
        Self { tag, body: None, shape: PhantomData }
    }

    pub(super) const fn fresh(tag: ETag, body: Bytes) -> Self {
        Self { tag, body: Some(body), shape: PhantomData }
    }
}

/// Renders a body once, for the cache and the client.
pub(super) fn rendered(body: &impl ToJSON) -> Result<Bytes, ApiError> {
    let json = body.to_json().unwrap_or_default();
    serde_json::to_vec(&json).map(Bytes::from).map_err(ApiError::internal)
}

impl<T: Send> IntoResponse for Conditional<T> {
    fn into_response(self) -> Response {
        let builder =
            Response::builder().header(ETAG, self.tag.as_str()).header(CACHE_CONTROL, PRIVATE);
        match self.body {
            None => builder.status(StatusCode::NOT_MODIFIED).finish(),
            Some(body) => builder.content_type("application/json; charset=utf-8").body(body),
        }
    }
}

impl<T: Type + Send> ApiResponse for Conditional<T> {
    fn meta() -> MetaResponses {
        let tag = || MetaHeader {
            name: ETAG.as_str().to_owned(),
            description: Some(
                "Strong; changes with the data, settings and master data.".to_owned(),
            ),
            required: true,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        let answer = |status: StatusCode, description, content| MetaResponse {
            description,
            status: Some(status.as_u16()),
            status_range: None,
            content,
            headers: vec![tag()],
        };
        let body = MetaMediaType { content_type: "application/json", schema: T::schema_ref() };
        MetaResponses {
            responses: vec![
                answer(StatusCode::OK, "The answer.", vec![body]),
                answer(StatusCode::NOT_MODIFIED, "You have it already.", Vec::new()),
            ],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
