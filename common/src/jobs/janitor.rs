//! Cleaning up after workers that died: their leases run out, their steps and slots come back.
//!
//! Runs in every worker. Locked rows are skipped: a lease inside a finishing transaction is in
//! good hands, and so is one that another janitor looks at.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::held::Lease;
use super::{Class, ErrorCode, Failure, dead_letter, exception, finish, settle, wake};
use crate::db::{Db, DbError, WorkerTx, sql};
use crate::kernel::{JobId, StepId, TenantId};

/// One round: every expired lease, then every cancelled job with unstarted steps.
pub(super) async fn sweep(db: &Db) -> Result<(), DbError> {
    while take_back_one(db).await? {}
    while cancel_one(db).await? {}
    Ok(())
}

/// The lease and what has to be known about its step and job.
type Expired = (Uuid, Uuid, Uuid, Uuid, Option<Value>, String, DateTime<Utc>);

async fn take_back_one(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.worker().await?;
    let expired: Option<Expired> = sql::query_as(
        "SELECT tenant_id, step_id, job_id, token, progress, worker, taken_at FROM lease
         WHERE expires_at < clock_timestamp()
         ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some((tenant, step, job, token, progress, worker, taken_at)) = expired else {
        return Ok(false);
    };
    let lease = Lease {
        tenant: TenantId::from_uuid(tenant),
        step: StepId::from_uuid(step),
        job: JobId::from_uuid(job),
        token,
    };
    let state = return_step(&mut tx, &lease, progress, &worker, taken_at).await?;
    let conn = tx.conn();
    match state.as_str() {
        "failed" => {
            dead_letter::keep(conn, tenant, step).await?;
            finish::ended_badly(conn, &lease).await?;
        }
        "cancelled" => {
            settle::lock_job(conn, tenant, job).await?;
            settle::finish_job(conn, tenant, job).await?;
        }
        _ => wake::workers(conn).await?,
    }
    finish::free_slot(conn, &lease).await?;
    tx.commit().await?;
    tracing::warn!(tenant.id = %lease.tenant, job.id = %lease.job, step.id = %lease.step, worker,
        state, "a lease ran out");
    Ok(true)
}

/// Deletes the lease and gives its step a new state, which is returned.
async fn return_step(
    tx: &mut WorkerTx,
    lease: &Lease,
    progress: Option<Value>,
    worker: &str,
    taken_at: DateTime<Utc>,
) -> Result<String, DbError> {
    let lost = Failure {
        class: Class::Transient,
        code: ErrorCode::WorkerLost,
        message: "the worker that ran this step went away".to_owned(),
        detail: None,
        retry_after: None,
    };
    let state = sql::query_scalar(
        "WITH gone AS (
           DELETE FROM lease WHERE tenant_id = $1 AND step_id = $2 AND token = $3)
         UPDATE job_step s
         SET attempt_log = s.attempt_log || jsonb_build_array(jsonb_build_object(
               'number', s.attempts, 'worker', $6::text, 'started_at', $7::timestamptz,
               'ended_at', clock_timestamp(), 'result', 'lost')),
             state = CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'
                          WHEN s.attempts - s.attempts_before >= s.max_attempts THEN 'failed'
                          ELSE 'ready' END,
             run_at = clock_timestamp(),
             finished_at = CASE WHEN j.cancel_requested_at IS NOT NULL
                                  OR s.attempts - s.attempts_before >= s.max_attempts
                                THEN clock_timestamp() END,
             progress = coalesce($4, s.progress),
             exceptions = s.exceptions || jsonb_build_array(
               $5::jsonb || jsonb_build_object('at', clock_timestamp(), 'attempt', s.attempts))
         FROM job j
         WHERE s.tenant_id = $1 AND s.step_id = $2 AND s.month >= 'infinity'
           AND j.tenant_id = s.tenant_id AND j.job_id = s.job_id AND j.month >= 'infinity'
         RETURNING s.state",
    )
    .bind(lease.tenant.uuid())
    .bind(lease.step.uuid())
    .bind(lease.token)
    .bind(progress)
    .bind(exception::entry(&lost, 0))
    .bind(worker)
    .bind(taken_at)
    .fetch_one(tx.conn())
    .await?;
    Ok(state)
}

/// A step may become ready in the moment its job is cancelled: this is the net under that.
async fn cancel_one(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.worker().await?;
    let job: Option<(Uuid, Uuid)> = sql::query_as(
        "SELECT j.tenant_id, j.job_id FROM job j
         WHERE j.month >= 'infinity' AND j.state IN ('pending', 'running', 'paused')
           AND j.cancel_requested_at IS NOT NULL
           AND NOT EXISTS (
             SELECT FROM lease l WHERE l.tenant_id = j.tenant_id AND l.job_id = j.job_id)
         LIMIT 1 FOR NO KEY UPDATE OF j SKIP LOCKED",
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some((tenant, job)) = job else { return Ok(false) };
    settle::cancel_unstarted(tx.conn(), tenant, job).await?;
    // A step that is locked right now keeps the job alive: the next round sees what became of it.
    let finished = settle::finish_job(tx.conn(), tenant, job).await?;
    tx.commit().await?;
    Ok(finished)
}
