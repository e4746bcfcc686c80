//! `GET /keys`: what verifies access tokens.

use common::http::{ApiError, ApiResult};
use poem::http::header::CACHE_CONTROL;
use poem_openapi::OpenApi;
use poem_openapi::payload::{Json, Response};

use super::api::{State, Tag};
use crate::app::published_keys;
use crate::wire::{PublicKey, PublicKeys};

pub(super) struct KeysApi(pub(super) State);

#[OpenApi(tag = "Tag::Keys")]
impl KeysApi {
    /// The key set
    ///
    /// The public keys that access tokens are signed with (RFC 7517). A new key appears minutes
    /// before it is used.
    #[oai(path = "/keys", method = "get", operation_id = "keys")]
    async fn keys(&self) -> ApiResult<Response<Json<PublicKeys>>> {
        let keys = published_keys(self.0.app()?)
            .await?
            .into_iter()
            .map(serde_json::from_value::<PublicKey>)
            .collect::<Result<_, _>>()
            .map_err(ApiError::internal)?;
        let answer = Response::new(Json(PublicKeys { keys }));
        Ok(answer.header(CACHE_CONTROL, "public, max-age=60"))
    }
}
