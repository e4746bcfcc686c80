//! 202: the work is durably stored; here is where to look for its outcome.

use poem::http::header::{LOCATION, RETRY_AFTER};
use poem::http::{HeaderName, StatusCode};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{ApiError, StoredAnswer};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Work that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(rename = "Accepted")]
pub struct AcceptedBody {
    /// Identifies the work.
    pub id: Uuid,
    /// Its state when it was accepted.
    pub status: String,
    /// Where to look.
    pub links: Links,
}

/// Paths below the origin.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
pub struct Links {
    /// The status resource, the same as `Location`.
    #[serde(rename = "self")]
    #[oai(rename = "self")]
    pub this: String,
    /// Its progress as server-sent events, where there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[oai(skip_serializing_if_is_none)]
    pub events: Option<String>,
}

/// The 202 answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    body: AcceptedBody,
    retry_after_seconds: u32,
    replayed: bool,
}

impl Accepted {
    /// `location` is the path of the status resource, for example `/data/v1/jobs/<id>`.
    pub fn new(
        id: impl Into<Uuid>,
        status: impl Into<String>,
        location: impl Into<String>,
    ) -> Self {
        let links = Links { this: location.into(), events: None };
        let body = AcceptedBody { id: id.into(), status: status.into(), links };
        Self { body, retry_after_seconds: 1, replayed: false }
    }

    /// Adds the link to the progress stream.
    #[must_use]
    pub fn events(mut self, path: impl Into<String>) -> Self {
        self.body.links.events = Some(path.into());
        self
    }

    /// When the client should look for the first time.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = seconds;
        self
    }

    /// What was accepted.
    pub fn body(&self) -> &AcceptedBody {
        &self.body
    }

    /// For [`super::Idempotency::remember`].
    ///
    /// # Errors
    /// Never in practice: the body is plain text and ids.
    pub fn stored(&self) -> Result<StoredAnswer, ApiError> {
        Ok(StoredAnswer {
            status: StatusCode::ACCEPTED.as_u16(),
            headers: json!({"retry_after_seconds": self.retry_after_seconds}),
            body: serde_json::to_value(&self.body).map_err(ApiError::internal)?,
        })
    }

    /// The same answer again, marked as replayed.
    ///
    /// # Errors
    /// When the stored answer is not one of [`Self::stored`].
    pub fn replay(stored: StoredAnswer) -> Result<Self, ApiError> {
        let retry_after = stored.headers["retry_after_seconds"]
            .as_u64()
            .and_then(|seconds| u32::try_from(seconds).ok());
        Ok(Self {
            body: serde_json::from_value(stored.body).map_err(ApiError::internal)?,
            retry_after_seconds: retry_after.unwrap_or(1),
            replayed: true,
        })
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let mut builder = Response::builder()
            .status(StatusCode::ACCEPTED)
            .header(LOCATION, &self.body.links.this)
            .header(RETRY_AFTER, self.retry_after_seconds)
            .content_type("application/json");
        if self.replayed {
            builder = builder.header(REPLAYED, "true");
        }
        builder.body(self.body.to_json_string())
    }
}

impl ApiResponse for Accepted {
    fn meta() -> MetaResponses {
        let header = |name: &HeaderName, description: &str| MetaHeader {
            name: name.as_str().to_owned(),
            description: Some(description.to_owned()),
            required: false,
            deprecated: false,
            schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
        };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "Durably stored; the work goes on.",
                status: Some(StatusCode::ACCEPTED.as_u16()),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: AcceptedBody::schema_ref(),
                }],
                headers: vec![
                    header(&LOCATION, "The status resource."),
                    header(&RETRY_AFTER, "Seconds to wait before the first look."),
                    header(&REPLAYED, "`true` when an earlier request with this key was accepted."),
                ],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        <AcceptedBody as Type>::register(registry);
    }
}
