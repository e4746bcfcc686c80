//! `/api-keys`: credentials of machines.

use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiResult, Limit, Paging};
use common::kernel::ApiKeyId;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use super::api::{State, Tag};
use super::client::Client;
use crate::app::{Asker, create_api_key, list_api_keys, revoke_api_key, rotate_api_key};
use crate::wire::{ApiKey, ApiKeyPage, ApiKeyRequest, ApiKeyRotation, NewApiKey, Position};

pub(super) struct ApiKeysApi(pub(super) State);

#[derive(ApiResponse)]
enum Made {
    /// The key, with its text for this once.
    #[oai(status = 201)]
    Key(Json<NewApiKey>),
}

#[derive(ApiResponse)]
enum Revoked {
    /// It lets nobody in any more, on every service.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(prefix_path = "/api-keys", tag = "Tag::Keys")]
impl ApiKeysApi {
    /// Make a key
    ///
    /// For a machine of this tenant, on all three services. It does what a service account may
    /// within its scopes.
    #[oai(path = "/", method = "post", operation_id = "createApiKey")]
    async fn create(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        wanted: Json<ApiKeyRequest>,
    ) -> ApiResult<Made> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        let made = create_api_key(self.0.app()?, asker, &wanted.0.into()).await?;
        Ok(Made::Key(Json(made.into())))
    }

    /// List keys
    ///
    /// Newest first, without their texts.
    #[oai(path = "/", method = "get", operation_id = "listApiKeys")]
    async fn list(
        &self,
        caller: Authenticated,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<ApiKeyPage>> {
        let listing = Listing::new(caller.0.tenant_id(), "api_keys");
        let paging = Paging::new(self.0.cursor_key()?, listing, limit.0);
        let after = paging.after::<Position>(cursor.0.as_deref())?.map(Into::into);
        let found = list_api_keys(self.0.app()?, &caller.0.scope, after, paging.rows()).await?;
        let (found, next_cursor) =
            paging.cut(found, |key| Position(key.row.created_at, key.row.api_key_id))?;
        let api_keys = found.into_iter().map(ApiKey::from).collect();
        Ok(Json(ApiKeyPage { api_keys, next_cursor }))
    }

    /// Replace a key
    ///
    /// The new one has the same name, scopes and lifetime. The old one works on for the overlap.
    #[oai(path = "/:api_key_id/rotate", method = "post", operation_id = "rotateApiKey")]
    async fn rotate(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        api_key_id: Path<Uuid>,
        rotation: Json<ApiKeyRotation>,
    ) -> ApiResult<Made> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        let old = ApiKeyId::from_uuid(api_key_id.0);
        let made = rotate_api_key(self.0.app()?, asker, old, rotation.0.overlap()).await?;
        Ok(Made::Key(Json(made.into())))
    }

    /// Revoke a key
    #[oai(path = "/:api_key_id", method = "delete", operation_id = "revokeApiKey")]
    async fn revoke(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        api_key_id: Path<Uuid>,
    ) -> ApiResult<Revoked> {
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        revoke_api_key(self.0.app()?, asker, ApiKeyId::from_uuid(api_key_id.0)).await?;
        Ok(Revoked::Done)
    }
}
