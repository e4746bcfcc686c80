//! Ending an attempt. Every way out deletes the lease by its token, so a worker that lost it
//! changes nothing.

use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::graph::{self, MAX_ADDED_STEPS};
use super::held::Lease;
use super::retry::Verdict;
use super::submit::insert_steps;
use super::{
    ErrorCode, Failure, NewStep, Progress, StepError, dead_letter, exception, settle, wake,
};
use crate::db::{DbError, TenantTx, sql};

/// Ends the lease, frees its slot, and begins the update of its step, as `s`, from the lease that is
/// `gone`.
macro_rules! end_of_attempt {
    ($result:literal, $changes:literal) => {
        concat!(
            "WITH gone AS (
               DELETE FROM lease WHERE tenant_id = $1 AND step_id = $2 AND token = $3
               RETURNING tenant_id, step_id, worker, taken_at
             ), freed AS (
               UPDATE tenant_slot t SET step_id = NULL
               FROM gone WHERE t.tenant_id = gone.tenant_id AND t.step_id = gone.step_id)
             UPDATE job_step s
             SET attempt_log = s.attempt_log || jsonb_build_array(jsonb_build_object(
                   'number', s.attempts, 'worker', gone.worker, 'started_at', gone.taken_at,
                   'ended_at', clock_timestamp(), 'result', ",
            $result,
            ")), ",
            $changes,
            " FROM gone
              WHERE s.tenant_id = gone.tenant_id AND s.step_id = gone.step_id
                AND s.month >= 'infinity'"
        )
    };
}

/// The step succeeded: its effects in `tx` and its completion are committed together.
pub(super) async fn done(
    mut tx: TenantTx,
    lease: &Lease,
    progress: &Progress,
    outcome: &Value,
    rejects: bool,
    new_steps: &[NewStep],
) -> Result<(), StepError> {
    let conn = tx.conn();
    let step = sql::query(end_of_attempt!(
        "'done'",
        "state = 'done', outcome = $4, rejects = $5, progress = $6,
         finished_at = clock_timestamp(),
         exceptions = (
           SELECT coalesce(jsonb_agg(
             CASE WHEN e->>'resolved_at' IS NULL
               THEN e || jsonb_build_object('resolved_at', clock_timestamp()) ELSE e END
             ORDER BY n), '[]')
           FROM jsonb_array_elements(s.exceptions) WITH ORDINALITY AS all_of(e, n))"
    ))
    .bind(lease.tenant.uuid())
    .bind(lease.step.uuid())
    .bind(lease.token)
    .bind(outcome)
    .bind(rejects)
    .bind(stored(progress))
    .execute(&mut *conn)
    .await?;
    only_one(step.rows_affected())?;
    let (tenant, job) = (lease.tenant.uuid(), lease.job.uuid());
    let cancelled = settle::lock_job(conn, tenant, job).await?;
    if !new_steps.is_empty() {
        add_steps(conn, lease, new_steps).await?;
        wake::workers(conn).await?;
    }
    if cancelled {
        settle::cancel_unstarted(conn, tenant, job).await?;
        settle::finish_job(conn, tenant, job).await?;
    } else {
        settle::advance(conn, lease).await?;
    }
    Ok(tx.commit().await?)
}

async fn add_steps(
    conn: &mut PgConnection,
    lease: &Lease,
    new_steps: &[NewStep],
) -> Result<(), StepError> {
    let plan = graph::plan(new_steps, MAX_ADDED_STEPS).map_err(|error| {
        let message = "the step found more work than one job may hold";
        StepError::permanent(ErrorCode::TooManySteps, message).with_detail(error)
    })?;
    insert_steps(conn, lease.tenant.uuid(), lease.job, &plan).await?;
    let ids: Vec<Uuid> = plan.ids.iter().map(|id| id.uuid()).collect();
    sql::query(
        "UPDATE job_step SET needs = needs || $4
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity' AND state = 'waiting'
           AND $3 = ANY (needs)",
    )
    .bind(lease.tenant.uuid())
    .bind(lease.job.uuid())
    .bind(lease.step.uuid())
    .bind(ids)
    .execute(conn)
    .await?;
    Ok(())
}

/// The attempt failed. Its exception is kept whatever happens next.
pub(super) async fn failed(
    mut tx: TenantTx,
    lease: &Lease,
    progress: &Progress,
    attempt: i32,
    failure: &Failure,
    verdict: Verdict,
) -> Result<(), StepError> {
    let conn = tx.conn();
    let again =
        if let Verdict::Again { after } = verdict { Some(after.as_secs_f64()) } else { None };
    let step = sql::query(end_of_attempt!(
        "CASE WHEN $4::float8 IS NULL THEN 'failed' ELSE 'retried' END",
        "state = CASE WHEN $4 IS NULL THEN 'failed' ELSE 'ready' END,
         run_at = CASE WHEN $4 IS NULL THEN s.run_at
                  ELSE clock_timestamp() + make_interval(secs => $4) END,
         finished_at = CASE WHEN $4 IS NULL THEN clock_timestamp() END,
         progress = $5,
         exceptions = s.exceptions
           || jsonb_build_array($6::jsonb || jsonb_build_object('at', clock_timestamp()))"
    ))
    .bind(lease.tenant.uuid())
    .bind(lease.step.uuid())
    .bind(lease.token)
    .bind(again)
    .bind(stored(progress))
    .bind(exception::entry(failure, attempt))
    .execute(&mut *conn)
    .await?;
    only_one(step.rows_affected())?;
    if verdict == Verdict::Exhausted {
        dead_letter::keep(conn, lease.tenant.uuid(), lease.step.uuid()).await?;
    }
    if again.is_none() {
        ended_badly(conn, lease).await?;
    }
    Ok(tx.commit().await?)
}

/// The step has failed for good: what waited for it is skipped.
pub(super) async fn ended_badly(conn: &mut PgConnection, lease: &Lease) -> Result<(), DbError> {
    let (tenant, job) = (lease.tenant.uuid(), lease.job.uuid());
    settle::lock_job(conn, tenant, job).await?;
    settle::skip_dependents(conn, lease).await?;
    settle::finish_job(conn, tenant, job).await?;
    Ok(())
}

/// The job was cancelled while the step ran.
pub(super) async fn cancelled(
    mut tx: TenantTx,
    lease: &Lease,
    progress: &Progress,
) -> Result<(), StepError> {
    let conn = tx.conn();
    let step = sql::query(end_of_attempt!(
        "'cancelled'",
        "state = 'cancelled', finished_at = clock_timestamp(), progress = $4"
    ))
    .bind(lease.tenant.uuid())
    .bind(lease.step.uuid())
    .bind(lease.token)
    .bind(stored(progress))
    .execute(&mut *conn)
    .await?;
    only_one(step.rows_affected())?;
    let (tenant, job) = (lease.tenant.uuid(), lease.job.uuid());
    settle::lock_job(conn, tenant, job).await?;
    settle::cancel_unstarted(conn, tenant, job).await?;
    settle::finish_job(conn, tenant, job).await?;
    Ok(tx.commit().await?)
}

/// The process ends before the step does: another one may start it at once, and the attempt
/// does not count.
pub(super) async fn handed_back(
    mut tx: TenantTx,
    lease: &Lease,
    progress: &Progress,
) -> Result<(), StepError> {
    let conn = tx.conn();
    let step = sql::query(end_of_attempt!(
        "'handed_back'",
        "state = 'ready', attempts = s.attempts - 1, run_at = clock_timestamp(), progress = $4"
    ))
    .bind(lease.tenant.uuid())
    .bind(lease.step.uuid())
    .bind(lease.token)
    .bind(stored(progress))
    .execute(&mut *conn)
    .await?;
    only_one(step.rows_affected())?;
    wake::workers(conn).await?;
    Ok(tx.commit().await?)
}

/// For a lease that ends without its worker.
pub(super) async fn free_slot(conn: &mut PgConnection, lease: &Lease) -> Result<(), DbError> {
    sql::query("UPDATE tenant_slot SET step_id = NULL WHERE tenant_id = $1 AND step_id = $2")
        .bind(lease.tenant.uuid())
        .bind(lease.step.uuid())
        .execute(conn)
        .await?;
    Ok(())
}

fn only_one(rows: u64) -> Result<(), StepError> {
    if rows == 1 { Ok(()) } else { Err(StepError::StaleLease) }
}

fn stored(progress: &Progress) -> Value {
    // A struct of numbers and a text always becomes JSON.
    serde_json::to_value(progress.snapshot()).unwrap_or_default()
}
