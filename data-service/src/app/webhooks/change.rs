//! Renames an endpoint, or switches it off and on.

use common::db::TenantTx;
use common::kernel::SharedClock;

use super::EndpointError;
use crate::store::webhook_endpoint::{self, EndpointRow};

/// What is to be different; none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointChange {
    pub name: Option<String>,
    pub enabled: Option<bool>,
}

/// Changes the endpoint as it was locked.
///
/// # Errors
/// When the name is taken or the database refuses.
pub async fn change(
    tx: &mut TenantTx,
    clock: &SharedClock,
    current: EndpointRow,
    change: EndpointChange,
) -> Result<EndpointRow, EndpointError> {
    let row = EndpointRow {
        name: change.name.unwrap_or(current.name),
        enabled: change.enabled.unwrap_or(current.enabled),
        version: current.version + 1,
        updated_at: clock.now(),
        ..current
    };
    webhook_endpoint::update(tx, &row).await?;
    Ok(row)
}
