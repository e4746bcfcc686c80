//! `/webhook-endpoints`: both operations of the path in one place, because the document takes a path from
//! one place only.

use common::audit;
use common::auth::Authenticated;
use common::http::ApiResult;
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use super::refused;
use super::request::NewWebhookEndpoint;
use super::resource::{Created, WebhookEndpoint, WebhookEndpointList};
use crate::app::webhooks;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct WebhookEndpoints(pub State);

#[OpenApi(tag = "Tag::Webhooks")]
impl WebhookEndpoints {
    /// List webhook endpoints
    ///
    /// All of them, by name, without their secrets.
    #[oai(path = "/webhook-endpoints", method = "get", operation_id = "list_webhook_endpoints")]
    async fn list(&self, caller: Authenticated) -> ApiResult<Json<WebhookEndpointList>> {
        let now = self.0.clock.now();
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let found = webhooks::list(&mut tx).await?;
        let webhook_endpoints =
            found.into_iter().map(|endpoint| WebhookEndpoint::at(endpoint, now)).collect();
        Ok(Json(WebhookEndpointList { webhook_endpoints }))
    }

    /// Create a webhook endpoint
    ///
    /// The answer shows its secret, this once: it is sealed where it is stored. A lost one is replaced by
    /// `POST /webhook-endpoints/{id}/rotate-secret`.
    #[oai(path = "/webhook-endpoints", method = "post", operation_id = "create_webhook_endpoint")]
    async fn create(
        &self,
        caller: Authenticated,
        body: Json<NewWebhookEndpoint>,
    ) -> ApiResult<Created> {
        let new = body.0.checked()?;
        let keyring = &self.0.ingestion.keyring;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let (endpoint, secret) =
            webhooks::create(&mut tx, keyring, &self.0.clock, new).await.map_err(refused)?;
        let actor = caller.0.actor();
        let object = format!("webhook_endpoint:{}", endpoint.webhook_endpoint_id);
        let entry = audit::Entry::done(&actor, "webhook_endpoint.created", &object);
        audit::record(&mut tx, &entry).await?;
        tx.commit().await?;
        Ok(Created::at(endpoint, &secret, self.0.clock.now()))
    }
}
