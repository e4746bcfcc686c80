//! Makes an endpoint.

use common::crypto::Keyring;
use common::db::TenantTx;
use common::kernel::{Secret, SharedClock};
use sqlx::types::Json;
use uuid::Uuid;

use super::{EndpointError, secrets};
use crate::store::webhook_endpoint::{self, EndpointRow};

/// An endpoint as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Unique within the tenant.
    pub name: String,
    /// Whose events come by it.
    pub property_id: i64,
}

/// The endpoint, and its secret for this once.
///
/// # Errors
/// When the name is taken, the property unknown, or no secret can be made.
pub async fn create(
    tx: &mut TenantTx,
    keyring: &Keyring,
    clock: &SharedClock,
    new: NewEndpoint,
) -> Result<(EndpointRow, Secret), EndpointError> {
    let (id, now) = (Uuid::now_v7(), clock.now());
    let (secret, sealed) = secrets::mint(keyring, tx.scope().tenant_id(), id)?;
    let row = EndpointRow {
        webhook_endpoint_id: id,
        name: new.name,
        property_id: new.property_id,
        enabled: true,
        secret: Json(sealed),
        previous_secret: None,
        previous_secret_until: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    webhook_endpoint::insert(tx, &row).await?;
    Ok((row, secret.text().clone()))
}
