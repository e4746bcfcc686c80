//! Table `query_cost`: what the tenant's queries were billed, or may be. A row per reading of a day's table.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::LoadId;

/// Makes the tenant's other reservations wait until this transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("SELECT pg_advisory_xact_lock(hashtextextended('query_cost:' || $1::text, 0))")
        .bind(tenant)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What was granted to the load before.
///
/// # Errors
/// When the database refuses.
pub async fn granted(tx: &mut TenantTx, load: LoadId) -> Result<Option<i64>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT granted_bytes FROM query_cost WHERE tenant_id = $1 AND load_id = $2",
    )
    .bind(tenant)
    .bind(load.uuid())
    .fetch_optional(tx.conn())
    .await?)
}

/// Bytes of a day: billed where that is known, else estimated.
///
/// # Errors
/// When the database refuses.
pub async fn spent(tx: &mut TenantTx, day: NaiveDate) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT coalesce(sum(coalesce(billed_bytes, estimated_bytes)), 0)::bigint
         FROM query_cost WHERE tenant_id = $1 AND day = $2",
    )
    .bind(tenant)
    .bind(day)
    .fetch_one(tx.conn())
    .await?)
}

/// Counts the estimate as spent.
///
/// # Errors
/// When the database refuses.
pub async fn reserve(
    tx: &mut TenantTx,
    load: LoadId,
    day: NaiveDate,
    estimated: i64,
    granted: i64,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO query_cost (tenant_id, load_id, day, estimated_bytes, granted_bytes)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(tenant)
    .bind(load.uuid())
    .bind(day)
    .bind(estimated)
    .bind(granted)
    .execute(tx.conn())
    .await?;
    // Only the budget of a day looks at them.
    sql::query("DELETE FROM query_cost WHERE tenant_id = $1 AND day < $2::date - 90")
        .bind(tenant)
        .bind(day)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Records what was billed in the end.
///
/// # Errors
/// When the database refuses.
pub async fn billed(tx: &mut TenantTx, load: LoadId, bytes: i64) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("UPDATE query_cost SET billed_bytes = $3 WHERE tenant_id = $1 AND load_id = $2")
        .bind(tenant)
        .bind(load.uuid())
        .bind(bytes)
        .execute(tx.conn())
        .await?;
    Ok(())
}
