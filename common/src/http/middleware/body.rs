//! The request body: read once, within its limit, before the handler starts. Every route takes small JSON
//! documents; what is larger names its own limit.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use poem::error::ReadBodyError;
use poem::{Body, Request};

use crate::http::ApiError;

/// The body as received, in the extensions of every request; for hashes and signatures over exact bytes.
#[derive(Debug, Clone, Default)]
pub struct RawBody(Arc<OnceLock<Bytes>>);

impl RawBody {
    /// The bytes; empty when there is no body.
    pub fn bytes(&self) -> Bytes {
        self.0.get().cloned().unwrap_or_default()
    }
}

/// Reads the body into memory and puts it back. A declared length above the limit is refused unread.
pub(super) async fn buffer(
    mut request: Request,
    slot: &RawBody,
    limit: usize,
) -> Result<Request, ApiError> {
    let declared = request.header("content-length").and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit))
    {
        return Err(ApiError::too_large(limit));
    }
    if declared == Some(0)
        || (declared.is_none() && request.header("transfer-encoding").is_none())
            && !may_stream(&request)
    {
        return Ok(request);
    }
    let bytes = request.take_body().into_bytes_limit(limit).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => ApiError::too_large(limit),
        other => ApiError::bad_request("unreadable_body", "the body ended early").caused_by(other),
    })?;
    request.set_body(Body::from_bytes(bytes.clone()));
    // The slot is fresh for each request, so this is its only write.
    let _ = slot.0.set(bytes);
    Ok(request)
}

/// Over HTTP/2 a body needs neither header.
fn may_stream(request: &Request) -> bool {
    !matches!(
        *request.method(),
        poem::http::Method::GET | poem::http::Method::HEAD | poem::http::Method::OPTIONS
    )
}
