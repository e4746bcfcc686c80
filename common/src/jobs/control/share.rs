//! How much of the workers a tenant gets.

use crate::db::{DbError, TenantTx, sql};
use crate::jobs::wake;

/// A tenant's share; what is absent stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Share {
    /// Steps that may run at once, from 1.
    pub slots: Option<i32>,
    /// Turns compared with other tenants that want some too: 1 unless decided otherwise.
    pub weight: Option<f64>,
}

/// Decides about the transaction's tenant. Slots in use are taken away when they are free again,
/// by deciding once more.
///
/// # Errors
/// [`DbError::Check`] for a weight out of its range.
pub async fn set_share(tx: &mut TenantTx, share: Share) -> Result<(), DbError> {
    let tenant = tx.tenant();
    if let Some(slots) = share.slots {
        sql::query(
            "WITH surplus AS (
               DELETE FROM tenant_slot WHERE tenant_id = $1 AND step_id IS NULL AND slot IN (
                 SELECT slot FROM tenant_slot WHERE tenant_id = $1
                 ORDER BY step_id IS NULL, slot OFFSET $2))
             INSERT INTO tenant_slot (tenant_id, slot)
             SELECT $1, slot FROM generate_series(
               (SELECT coalesce(max(slot), 0) FROM tenant_slot WHERE tenant_id = $1) + 1,
               (SELECT coalesce(max(slot), 0) FROM tenant_slot WHERE tenant_id = $1)
                 + $2 - (SELECT count(*) FROM tenant_slot WHERE tenant_id = $1)) AS slot",
        )
        .bind(tenant)
        .bind(i64::from(slots.max(1)))
        .execute(tx.conn())
        .await?;
    }
    if let Some(weight) = share.weight {
        sql::query(
            "INSERT INTO tenant_turn (tenant_id, weight) VALUES ($1, $2)
             ON CONFLICT (tenant_id) DO UPDATE SET weight = excluded.weight",
        )
        .bind(tenant)
        .bind(weight)
        .execute(tx.conn())
        .await?;
    }
    wake::workers(tx.conn()).await
}
