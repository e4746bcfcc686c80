//! `/webhook-endpoints/{id}`: all operations of the path in one place, because the document takes a path
//! from one place only.

use common::audit;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult, IfMatch};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::refused;
use super::request::WebhookEndpointChange;
use super::resource::{Removed, Shown, tag};
use crate::app::webhooks;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct OneWebhookEndpoint(pub State);

#[OpenApi(tag = "Tag::Webhooks")]
impl OneWebhookEndpoint {
    /// Show a webhook endpoint
    #[oai(path = "/webhook-endpoints/:id", method = "get", operation_id = "show_webhook_endpoint")]
    async fn show(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Shown> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let endpoint = webhooks::find(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        Ok(Shown::at(endpoint, self.0.clock.now()))
    }

    /// Rename a webhook endpoint, or switch it off or on
    #[oai(
        path = "/webhook-endpoints/:id",
        method = "patch",
        operation_id = "change_webhook_endpoint"
    )]
    async fn change(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: IfMatch,
        body: Json<WebhookEndpointChange>,
    ) -> ApiResult<Shown> {
        let change = body.0.checked()?;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let current = webhooks::lock(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        if_match.require(&tag(&current))?;
        let endpoint =
            webhooks::change(&mut tx, &self.0.clock, current, change).await.map_err(refused)?;
        let (actor, object) = (caller.0.actor(), format!("webhook_endpoint:{}", id.0));
        let entry = audit::Entry::done(&actor, "webhook_endpoint.changed", &object);
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Shown::at(endpoint, self.0.clock.now()))
    }

    /// Remove a webhook endpoint
    ///
    /// What came by it stays until its time.
    #[oai(
        path = "/webhook-endpoints/:id",
        method = "delete",
        operation_id = "remove_webhook_endpoint"
    )]
    async fn remove(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: IfMatch,
    ) -> ApiResult<Removed> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let current = webhooks::lock(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        if_match.require(&tag(&current))?;
        webhooks::remove(&mut tx, id.0).await?;
        let (actor, object) = (caller.0.actor(), format!("webhook_endpoint:{}", id.0));
        let entry = audit::Entry::done(&actor, "webhook_endpoint.removed", &object);
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Removed::Removed)
    }
}
