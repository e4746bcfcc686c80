//! The version of a tenant's master data, which answers carry in their ETag.

use common::db::{DbError, TenantTx, sql};

use crate::domain::file::Feed;

/// What bringing in one load did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Distinct codes.
    pub applied: u64,
    /// Of these, new or different from before.
    pub changed: u64,
}

/// Lets one load of a feed in at a time; held until the transaction ends.
pub async fn lock(tx: &mut TenantTx, feed: Feed) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("SELECT pg_advisory_xact_lock(hashtextextended($1 || $2, 0))")
        .bind(tenant.to_string())
        .bind(feed.as_str())
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub async fn raise(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO master_version (tenant_id, version) VALUES ($1, 1)
         ON CONFLICT (tenant_id) DO UPDATE SET version = master_version.version + 1",
    )
    .bind(tenant)
    .execute(tx.conn())
    .await?;
    Ok(())
}
