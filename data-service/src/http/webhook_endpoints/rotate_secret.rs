//! `POST /webhook-endpoints/{id}/rotate-secret`.

use common::audit;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult, IfMatch};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::refused;
use super::resource::{Rotated, tag};
use crate::app::webhooks;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct RotateSecret(pub State);

#[OpenApi(tag = "Tag::Webhooks")]
impl RotateSecret {
    /// Replace the secret of a webhook endpoint
    ///
    /// The answer shows the new one, this once. The old one is good for 24 hours more, so that the shop can change
    /// over; one that was replaced before it ends at once.
    #[oai(
        path = "/webhook-endpoints/:id/rotate-secret",
        method = "post",
        operation_id = "rotate_webhook_secret"
    )]
    async fn rotate(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: IfMatch,
    ) -> ApiResult<Rotated> {
        let keyring = &self.0.ingestion.keyring;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let current = webhooks::lock(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        // A request that is sent again by mistake would end the secret that the shop still uses.
        if_match.require(&tag(&current))?;
        let (endpoint, secret) = webhooks::rotate_secret(&mut tx, keyring, &self.0.clock, current)
            .await
            .map_err(refused)?;
        let (actor, object) = (caller.0.actor(), format!("webhook_endpoint:{}", id.0));
        let entry = audit::Entry::done(&actor, "webhook_endpoint.secret_rotated", &object);
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Rotated::at(endpoint, &secret, self.0.clock.now()))
    }
}
