//! `POST /introspect`: whether a token is good.

use std::sync::Arc;

use common::auth::{Authenticated, Authenticator};
use common::http::ApiResult;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::payload::{Form, Json};

use super::api::{State, Tag};
use crate::app::introspect;
use crate::wire::{Introspection, IntrospectionRequest};

pub(super) struct IntrospectionApi(pub(super) State);

#[OpenApi(tag = "Tag::Login")]
impl IntrospectionApi {
    /// Judge a token
    ///
    /// RFC 7662, for machines that cannot verify a token themselves. Tells about tokens of the
    /// caller's own tenant; everything else is `{"active":false}`. A revoked token is inactive
    /// within two seconds. API keys need the scope `tokens:introspect`.
    #[oai(path = "/introspect", method = "post", operation_id = "introspect")]
    async fn introspect(
        &self,
        caller: Authenticated,
        authenticator: Data<&Arc<Authenticator>>,
        asked: Form<IntrospectionRequest>,
    ) -> ApiResult<Json<Introspection>> {
        self.0.count_validation(&caller.0)?;
        let found = introspect(self.0.app()?, authenticator.0, &caller.0, &asked.0.token).await?;
        Ok(Json(found.into()))
    }
}
