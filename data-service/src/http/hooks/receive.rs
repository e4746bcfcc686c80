//! `POST /hooks/{endpoint_id}`.

use common::http::{ApiError, ApiResult};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Enum, Object, OpenApi};
use uuid::Uuid;

use super::shop_events::SignedJson;
use super::signed::{Signed, distrusted};
use crate::app::webhooks::{self, Fault, Receipt, ReceiveError};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ReceiveWebhook(pub State);

/// What is true of a delivery that was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ReceivedStatus {
    Accepted,
}

/// The delivery as it was taken in, the first time it came.
#[derive(Debug, Object)]
pub struct WebhookReceipt {
    pub id: Uuid,
    pub status: ReceivedStatus,
    pub events: i32,
}

#[derive(Debug, ApiResponse)]
pub enum Received {
    /// Its events are stored.
    #[oai(status = 202)]
    Delivery(Json<WebhookReceipt>),
}

#[OpenApi(tag = "Tag::Webhooks")]
impl ReceiveWebhook {
    /// Deliver events of a shop
    ///
    /// The address to give to the shop is `/hooks/{endpoint_id}`, without this service's base. Answered when the
    /// events are stored; a delivery that comes again under its `webhook-id` is answered as it was, and has no
    /// second effect.
    #[oai(path = "/hooks/:endpoint_id", method = "post", operation_id = "receive_webhook")]
    async fn receive(
        &self,
        signed: Signed,
        endpoint_id: Path<Uuid>,
        body: SignedJson,
    ) -> ApiResult<Received> {
        let State { db, clock, ingestion, .. } = &self.0;
        let keyring = &ingestion.keyring;
        let received =
            webhooks::receive(db, keyring, clock, endpoint_id.0, &signed.0, &body.0).await;
        let Receipt { webhook_delivery_id, events } = received.map_err(refused)?;
        let status = ReceivedStatus::Accepted;
        Ok(Received::Delivery(Json(WebhookReceipt { id: webhook_delivery_id, status, events })))
    }
}

fn refused(error: ReceiveError) -> ApiError {
    match error {
        ReceiveError::Unknown => ApiError::not_found(),
        ReceiveError::Distrust(distrust) => distrusted(distrust),
        ReceiveError::Fault(Fault { malformed: true, pointer, code, detail }) => {
            ApiError::bad_request("malformed_body", &*detail).pointer(pointer, code, detail)
        }
        ReceiveError::Fault(Fault { pointer, code, detail, .. }) => {
            ApiError::invalid_field(pointer, code, detail)
        }
        ReceiveError::Secret(error) => ApiError::internal(error),
        ReceiveError::Db(error) => error.into(),
    }
}
