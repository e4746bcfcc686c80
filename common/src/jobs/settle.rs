//! What the end of one step means for the other steps and for the job.
//!
//! Runs inside the transaction that ends the step, after [`lock_job`]: steps of one job end one
//! after the other, so the last one sees that it is the last.

use sqlx::PgConnection;
use uuid::Uuid;

use super::held::Lease;
use super::wake;
use crate::db::{DbError, sql};

/// Finishes job $2 of tenant $1 when none of its steps can run any more.
macro_rules! finish_job {
    () => {
        "UPDATE job j SET state = ended.state, finished_at = clock_timestamp()
         FROM (
           SELECT CASE
             WHEN bool_or(state = 'cancelled') THEN 'cancelled'
             WHEN bool_or(state = 'failed') THEN 'failed'
             WHEN bool_or(rejects) THEN 'succeeded_with_rejects'
             ELSE 'succeeded' END AS state
           FROM job_step WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity') AS ended
         WHERE j.tenant_id = $1 AND j.job_id = $2 AND j.month >= 'infinity'
           AND j.state IN ('pending', 'running', 'paused')
           AND NOT EXISTS (
             SELECT FROM job_step WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity'
               AND state IN ('waiting', 'ready', 'running'))"
    };
}

/// Holds the job row until the transaction ends, and tells whether its cancellation was asked for.
pub(super) async fn lock_job(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
) -> Result<bool, DbError> {
    // No key update: new steps of the same job may be inserted meanwhile.
    let cancelled = sql::query_scalar(
        "SELECT cancel_requested_at IS NOT NULL FROM job
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity' FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .bind(job)
    .fetch_one(conn)
    .await?;
    Ok(cancelled)
}

/// Makes the dependents ready whose needs are all done, or finishes the job when nothing of it is
/// left. One statement, because every step that succeeds comes through here.
pub(super) async fn advance(conn: &mut PgConnection, lease: &Lease) -> Result<(), DbError> {
    sql::query(concat!(
        "WITH released AS (
           UPDATE job_step d SET state = 'ready', run_at = clock_timestamp()
           WHERE d.tenant_id = $1 AND d.job_id = $2 AND d.month >= 'infinity'
             AND d.state = 'waiting' AND $3 = ANY (d.needs)
             AND NOT EXISTS (
               SELECT FROM job_step n
               WHERE n.tenant_id = $1 AND n.step_id = ANY (d.needs) AND n.month >= 'infinity'
                 AND n.state <> 'done')
           RETURNING 1
         ), finished AS (",
        finish_job!(),
        ") SELECT pg_notify($4, $5) FROM (SELECT FROM released LIMIT 1) AS one"
    ))
    .bind(lease.tenant.uuid())
    .bind(lease.job.uuid())
    .bind(lease.step.uuid())
    .bind(wake::CHANNEL)
    .bind(wake::READY)
    .execute(conn)
    .await?;
    Ok(())
}

/// Skips everything that waited for the failed step, however indirectly.
pub(super) async fn skip_dependents(conn: &mut PgConnection, lease: &Lease) -> Result<(), DbError> {
    sql::query(
        "WITH RECURSIVE blocked AS (
           SELECT $3::uuid AS step_id
           UNION
           SELECT d.step_id FROM job_step d JOIN blocked b ON b.step_id = ANY (d.needs)
           WHERE d.tenant_id = $1 AND d.job_id = $2 AND d.month >= 'infinity')
         UPDATE job_step s SET state = 'skipped', finished_at = clock_timestamp()
         FROM blocked b
         WHERE s.tenant_id = $1 AND s.step_id = b.step_id AND s.month >= 'infinity'
           AND s.state = 'waiting'",
    )
    .bind(lease.tenant.uuid())
    .bind(lease.job.uuid())
    .bind(lease.step.uuid())
    .execute(conn)
    .await?;
    Ok(())
}

/// Cancels what has not started. A step that is being claimed right now is left out: its worker
/// learns of the cancellation with its next heartbeat.
pub(super) async fn cancel_unstarted(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
) -> Result<(), DbError> {
    sql::query(
        "WITH unstarted AS (
           SELECT tenant_id, step_id FROM job_step
           WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity'
             AND state IN ('waiting', 'ready')
           FOR UPDATE SKIP LOCKED)
         UPDATE job_step s SET state = 'cancelled', finished_at = clock_timestamp()
         FROM unstarted u
         WHERE s.tenant_id = u.tenant_id AND s.step_id = u.step_id AND s.month >= 'infinity'",
    )
    .bind(tenant)
    .bind(job)
    .execute(conn)
    .await?;
    Ok(())
}

/// Finishes the job when none of its steps can run any more, and tells whether it did.
pub(super) async fn finish_job(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
) -> Result<bool, DbError> {
    let finished = sql::query(finish_job!()).bind(tenant).bind(job).execute(conn).await?;
    Ok(finished.rows_affected() > 0)
}
