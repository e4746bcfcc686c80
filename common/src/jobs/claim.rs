//! Taking a ready step, with the right to run it.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::ProgressSnapshot;
use super::held::Lease;
use crate::db::{Db, DbError, sql};
use crate::kernel::{JobId, StepId, TenantId, TenantScope};

/// A step this process may run now.
#[derive(Debug)]
pub(super) struct Claimed {
    pub(super) lease: Lease,
    pub(super) scope: TenantScope,
    pub(super) kind: String,
    /// From 1.
    pub(super) attempt: i32,
    pub(super) max_attempts: i32,
    pub(super) payload: Value,
    pub(super) checkpoint: Option<Value>,
    pub(super) progress: Option<ProgressSnapshot>,
}

type Row = (Uuid, Uuid, Uuid, String, i32, i32, Value, Option<Value>, Option<Value>);

/// Takes the step of the tenant whose turn it is, if it has a slot to spare. Steps of other
/// kinds stay where they are, for processes that know them.
pub(super) async fn claim(
    db: &Db,
    kinds: &[String],
    worker: &str,
    lease: Duration,
) -> Result<Option<Claimed>, DbError> {
    let token = Uuid::new_v4();
    let mut tx = db.worker().await?;
    let row: Option<Row> = sql::query_as(include_str!("claim.sql"))
        .bind(kinds)
        .bind(token)
        .bind(worker)
        .bind(lease.as_secs_f64())
        .fetch_optional(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(row.map(
        |(tenant, job, step, kind, attempt, max_attempts, payload, checkpoint, progress)| {
            let tenant = TenantId::from_uuid(tenant);
            let (job, step) = (JobId::from_uuid(job), StepId::from_uuid(step));
            Claimed {
                lease: Lease { tenant, job, step, token },
                scope: TenantScope::new(tenant),
                kind,
                attempt,
                max_attempts,
                payload,
                checkpoint,
                // What cannot be read is no progress: it only feeds a bar.
                progress: progress.and_then(|p| serde_json::from_value(p).ok()),
            }
        },
    ))
}
