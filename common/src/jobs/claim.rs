//! Taking ready steps, with the right to run them.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::ProgressSnapshot;
use super::held::Lease;
use crate::db::{Db, DbError, sql};
use crate::kernel::{JobId, StepId, TenantId, TenantScope};
use crate::telemetry::Origin;

/// Serialises claims over all processes, so that turns and caps are exact; any constant does.
const LOCK: i64 = 0x0F00_7C1A;

/// A step this process may run now.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) lease: Lease,
    pub(super) scope: TenantScope,
    pub(super) kind: String,
    /// From 1, over all retries by hand.
    pub(super) attempt: i32,
    /// From 1, since the last retry by hand.
    pub(super) attempt_of_round: i32,
    pub(super) max_attempts: i32,
    pub(super) payload: Value,
    pub(super) checkpoint: Option<Value>,
    pub(super) progress: Option<ProgressSnapshot>,
    /// The request that asked for the job.
    pub(super) origin: Origin,
}

/// Takes up to `wanted` steps, the tenants whose turn it is first; fewer only when there are no
/// more. Steps of other kinds stay where they are, for processes that know them.
pub(super) async fn claim(
    db: &Db,
    kinds: &[String],
    worker: &str,
    lease: Duration,
    wanted: usize,
) -> Result<Vec<Claimed>, DbError> {
    let tokens: Vec<Uuid> = std::iter::repeat_with(Uuid::new_v4).take(wanted).collect();
    let mut tx = db.worker().await?;
    // A claim that a crash of Postgres forgets is one that nobody can use: its lease is gone. A
    // process that stops in the middle keeps the others waiting for two seconds at most.
    sql::query(
        "SELECT set_config('synchronous_commit', 'off', true),
                set_config('idle_in_transaction_session_timeout', '2000', true),
                pg_advisory_xact_lock($1)",
    )
    .bind(LOCK)
    .execute(tx.conn())
    .await?;
    let rows = sql::query(include_str!("claim.sql"))
        .bind(kinds)
        .bind(tokens)
        .bind(worker)
        .bind(lease.as_secs_f64())
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(rows.iter().map(claimed).collect::<Result<_, sqlx::Error>>()?)
}

fn claimed(row: &PgRow) -> Result<Claimed, sqlx::Error> {
    let tenant = TenantId::from_uuid(row.try_get("tenant_id")?);
    let attempt: i32 = row.try_get("attempts")?;
    let before: i32 = row.try_get("attempts_before")?;
    let progress: Option<Value> = row.try_get("progress")?;
    Ok(Claimed {
        lease: Lease {
            tenant,
            job: JobId::from_uuid(row.try_get("job_id")?),
            step: StepId::from_uuid(row.try_get("step_id")?),
            token: row.try_get("token")?,
        },
        scope: TenantScope::new(tenant),
        kind: row.try_get("kind")?,
        attempt,
        attempt_of_round: attempt - before,
        max_attempts: row.try_get("max_attempts")?,
        payload: row.try_get("payload")?,
        checkpoint: row.try_get("checkpoint")?,
        // What cannot be read is no progress: it only feeds a bar.
        progress: progress.and_then(|p| serde_json::from_value(p).ok()),
        origin: Origin {
            request_id: row.try_get("request_id")?,
            traceparent: row.try_get("traceparent")?,
        },
    })
}
