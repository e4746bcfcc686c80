//! Gives an endpoint a new secret, while senders go on with the old one.

use chrono::TimeDelta;
use common::crypto::Keyring;
use common::db::TenantTx;
use common::kernel::{Secret, SharedClock};
use sqlx::types::Json;

use super::{EndpointError, secrets};
use crate::store::webhook_endpoint::{self, EndpointRow};

/// For how long the old secret stays good.
const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// The endpoint as it was locked with its new secret, which is shown for this once. The one before it is good for a
/// day more; one still older ends now.
///
/// # Errors
/// When no secret can be made or the database refuses.
pub async fn rotate_secret(
    tx: &mut TenantTx,
    keyring: &Keyring,
    clock: &SharedClock,
    current: EndpointRow,
) -> Result<(EndpointRow, Secret), EndpointError> {
    let now = clock.now();
    let id = current.webhook_endpoint_id;
    let (secret, sealed) = secrets::mint(keyring, tx.scope().tenant_id(), id)?;
    let row = EndpointRow {
        secret: Json(sealed),
        previous_secret: Some(current.secret),
        previous_secret_until: Some(now + OVERLAP),
        version: current.version + 1,
        updated_at: now,
        ..current
    };
    webhook_endpoint::update(tx, &row).await?;
    Ok((row, secret.text().clone()))
}
