//! Keeping all jobs of a tenant, or all of one kind, from starting further steps.

use chrono::{DateTime, Utc};

use crate::db::{DbError, TenantTx, sql};
use crate::jobs::wake;

/// What is held back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Hold {
    /// Kind of job; empty for every kind.
    pub kind: String,
    pub paused_at: DateTime<Utc>,
    pub paused_by: String,
}

/// No further step of jobs of this kind, or of any kind, starts until [`release`]; what runs goes
/// on to its end. Holding twice changes nothing.
///
/// # Errors
/// What the database refused.
pub async fn hold(tx: &mut TenantTx, kind: Option<&str>, by: &str) -> Result<Hold, DbError> {
    let tenant = tx.tenant();
    let held = sql::query_as(
        "INSERT INTO job_pause AS p (tenant_id, kind, paused_by) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, kind) DO UPDATE SET paused_by = p.paused_by
         RETURNING kind, paused_at, paused_by",
    )
    .bind(tenant)
    .bind(kind.unwrap_or_default())
    .bind(by)
    .fetch_one(tx.conn())
    .await?;
    Ok(held)
}

/// Ends a [`hold`]; false when there was none.
///
/// # Errors
/// What the database refused.
pub async fn release(tx: &mut TenantTx, kind: Option<&str>) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let released = sql::query("DELETE FROM job_pause WHERE tenant_id = $1 AND kind = $2")
        .bind(tenant)
        .bind(kind.unwrap_or_default())
        .execute(tx.conn())
        .await?;
    wake::workers(tx.conn()).await?;
    Ok(released.rows_affected() > 0)
}

/// What is held back now.
///
/// # Errors
/// What the database refused.
pub async fn holds(tx: &mut TenantTx) -> Result<Vec<Hold>, DbError> {
    let tenant = tx.tenant();
    let held = sql::query_as(
        "SELECT kind, paused_at, paused_by FROM job_pause WHERE tenant_id = $1 ORDER BY kind",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?;
    Ok(held)
}
