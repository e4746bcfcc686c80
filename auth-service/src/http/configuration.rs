//! `GET` and `PATCH /tenant/configuration`.

use common::auth::Authenticated;
use common::http::{ApiError, ApiResult, ETag, IfMatch};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use serde_json::Value;

use super::api::{State, Tag};
use super::client::Client;
use crate::app::{Asker, Configuration, change_configuration, read_configuration};
use crate::wire::{TenantConfiguration, configuration};

pub(super) struct ConfigurationApi(pub(super) State);

#[derive(ApiResponse)]
enum Current {
    /// The configuration as it is now.
    #[oai(status = 200)]
    Configuration(
        Json<TenantConfiguration>,
        /// Its version, to be sent as `If-Match` with a change.
        #[oai(header = "ETag")]
        String,
    ),
}

fn current(read: Configuration) -> ApiResult<Current> {
    let tag = ETag::version(read.version).to_string();
    Ok(Current::Configuration(Json(configuration(read)?), tag))
}

#[OpenApi(tag = "Tag::Configuration")]
impl ConfigurationApi {
    /// Read the configuration
    ///
    /// Secrets are never shown, only whether and when they were set.
    #[oai(path = "/tenant/configuration", method = "get", operation_id = "getConfiguration")]
    async fn read(&self, caller: Authenticated) -> ApiResult<Current> {
        current(read_configuration(self.0.app()?, &caller.0.scope).await?)
    }

    /// Change the configuration
    ///
    /// A JSON merge patch (RFC 7396) of what `GET` shows: an absent field keeps its value, `null`
    /// clears it. A secret is written as text. Nothing changes unless all of it is acceptable.
    #[oai(path = "/tenant/configuration", method = "patch", operation_id = "changeConfiguration")]
    async fn change(
        &self,
        caller: Authenticated,
        client: Client<'_>,
        #[oai(name = "If-Match")] if_match: IfMatch,
        patch: Json<Value>,
    ) -> ApiResult<Current> {
        let accept = |version| if_match.require(&ETag::version(version));
        let asker = Asker { caller: &caller.0, visitor: client.0 };
        let changed =
            change_configuration::<ApiError>(self.0.app()?, asker, patch.0, accept).await?;
        current(changed)
    }
}
