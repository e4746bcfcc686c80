//! `GET /webhook-endpoints/{id}/deliveries`.

use chrono::{DateTime, Utc};
use common::auth::Authenticated;
use common::http::cursor::Listing;
use common::http::{ApiError, ApiResult, Limit, Paging};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use crate::app::webhooks::{self, DeliveryRow};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListDeliveries(pub State);

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WebhookDeliveryStatus {
    Accepted,
    /// It was signed well, but what it said was not acceptable; `fault` says where.
    Refused,
}

/// Why a delivery was refused.
#[derive(Debug, Object)]
pub struct WebhookFault {
    /// Such as `out_of_range`.
    pub code: String,
    /// JSON pointer into the body.
    pub pointer: String,
}

/// A delivery whose signature was good. One that was sent again appears once.
#[derive(Debug, Object)]
pub struct WebhookDelivery {
    pub id: Uuid,
    /// What the sender calls it; without a `webhook-id` the digest of what was signed.
    pub webhook_id: String,
    pub received_at: DateTime<Utc>,
    pub status: WebhookDeliveryStatus,
    /// Events that were taken in.
    pub events: i32,
    pub fault: Option<WebhookFault>,
}

/// One page, the newest first.
#[derive(Debug, Object)]
pub struct WebhookDeliveryPage {
    pub deliveries: Vec<WebhookDelivery>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

#[OpenApi(tag = "Tag::Webhooks")]
impl ListDeliveries {
    /// List deliveries to a webhook endpoint
    ///
    /// Of the last thirty days. What was not signed with its secret is not among them.
    #[oai(
        path = "/webhook-endpoints/:id/deliveries",
        method = "get",
        operation_id = "list_webhook_deliveries"
    )]
    async fn list(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<WebhookDeliveryPage>> {
        let listing =
            Listing::new(caller.0.tenant_id(), "webhook_deliveries").with("endpoint", id.0);
        let paging = Paging::new(&self.0.cursor_key, listing, limit.0);
        let after = paging.after(cursor.0.as_deref())?;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        webhooks::find(&mut tx, id.0).await?.ok_or_else(ApiError::not_found)?;
        let found = webhooks::deliveries(&mut tx, id.0, after, paging.rows()).await?;
        let (found, next_cursor) = paging.cut(found, |last| last.webhook_delivery_id)?;
        let deliveries = found.into_iter().map(WebhookDelivery::from).collect();
        Ok(Json(WebhookDeliveryPage { deliveries, next_cursor }))
    }
}

impl From<DeliveryRow> for WebhookDelivery {
    fn from(row: DeliveryRow) -> Self {
        let fault = row.fault_code.zip(row.fault_pointer);
        Self {
            id: row.webhook_delivery_id,
            webhook_id: row.webhook_id,
            received_at: row.received_at,
            status: match webhooks::DeliveryStatus::stored(&row.status) {
                webhooks::DeliveryStatus::Accepted => WebhookDeliveryStatus::Accepted,
                webhooks::DeliveryStatus::Refused => WebhookDeliveryStatus::Refused,
            },
            events: row.events,
            fault: fault.map(|(code, pointer)| WebhookFault { code, pointer }),
        }
    }
}
