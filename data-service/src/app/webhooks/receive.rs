//! Takes in what a shop sends: whose it is first, then what it says, then once.

use common::auth::scope_of_webhook_endpoint;
use common::crypto::Keyring;
use common::db::{Db, DbError};
use common::kernel::SharedClock;
use uuid::Uuid;

use super::{SecretError, secrets};
use crate::domain::webhook::{Distrust, Fault, Proof, parse};
use crate::store::webhook_delivery::{self, NewDelivery};
use crate::store::{live_event, webhook_endpoint};

/// What was taken in, now or when it came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    pub webhook_delivery_id: Uuid,
    pub events: i32,
}

/// Why a delivery takes no effect.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// No such endpoint, or it is switched off, or its tenant is suspended.
    #[error("there is no such endpoint")]
    Unknown,
    #[error(transparent)]
    Distrust(#[from] Distrust),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the endpoint's secret cannot be read")]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Stores the events of the delivery. When it was stored before, or is being stored, nothing happens again.
///
/// # Errors
/// Why nothing was stored.
#[expect(
    clippy::disallowed_methods,
    reason = "the signature is checked before anything is told or written"
)]
pub async fn receive(
    db: &Db,
    keyring: &Keyring,
    clock: &SharedClock,
    endpoint_id: Uuid,
    proof: &Proof,
    body: &[u8],
) -> Result<Receipt, ReceiveError> {
    let now = clock.now();
    let scope = scope_of_webhook_endpoint(db, endpoint_id).await?.ok_or(ReceiveError::Unknown)?;
    let mut tx = db.tenant(&scope).await?;
    let endpoint = webhook_endpoint::find(&mut tx, endpoint_id).await?;
    let endpoint = endpoint.filter(|endpoint| endpoint.enabled).ok_or(ReceiveError::Unknown)?;
    let good = secrets::good_at(keyring, scope.tenant_id(), &endpoint, now)?;
    proof.check(&good, body, now)?;

    let webhook_id = proof.webhook_id(body);
    let delivery = NewDelivery {
        webhook_delivery_id: Uuid::now_v7(),
        webhook_endpoint_id: endpoint_id,
        webhook_id: &webhook_id,
        received_at: now,
    };
    let events = match parse(body, now) {
        Ok(events) => events,
        Err(fault) => {
            webhook_delivery::refuse(&mut tx, &delivery, fault.code, &fault.pointer).await?;
            tx.commit().await?;
            return Err(fault.into());
        }
    };
    if !webhook_delivery::accept(&mut tx, &delivery, events.len()).await? {
        let (webhook_delivery_id, events) =
            webhook_delivery::accepted(&mut tx, endpoint_id, &webhook_id).await?;
        return Ok(Receipt { webhook_delivery_id, events });
    }
    let id = delivery.webhook_delivery_id;
    live_event::insert(&mut tx, endpoint.property_id, id, &events).await?;
    tx.commit().await?;
    let events = i32::try_from(events.len()).unwrap_or(i32::MAX);
    Ok(Receipt { webhook_delivery_id: id, events })
}
