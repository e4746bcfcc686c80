//! Another try for what failed.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{ControlError, lock, state};
use crate::db::{DbError, TenantTx, sql};
use crate::jobs::{JobState, dead_letter, history, wake};
use crate::kernel::JobId;

/// Makes the failed steps of a job ready again, each with all its attempts, and lets what was
/// skipped because of them wait for them again. What is done stays done. The other steps of the
/// job may still be running. Returns the state the job has now.
///
/// # Errors
/// When the job is unknown, nothing of it has failed (a cancelled or successful job is finished
/// for good), or a newer job with its key is under way.
pub async fn retry(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    let before = lock(tx, job).await?;
    let tenant = tx.tenant();
    let failed: Vec<Uuid> = sql::query_scalar(
        "SELECT step_id FROM job_step WHERE tenant_id = $1 AND job_id = $2 AND state = 'failed'",
    )
    .bind(tenant)
    .bind(job.uuid())
    .fetch_all(tx.conn())
    .await?;
    match before {
        JobState::Succeeded | JobState::SucceededWithRejects | JobState::Cancelled => {
            return Err(ControlError::Finished);
        }
        _ if failed.is_empty() => return Err(ControlError::NothingFailed),
        _ => {}
    }
    revive(tx.conn(), tenant, job.uuid(), &failed).await?;
    state(tx, job).await
}

/// Runs these failed steps of one job again. The caller holds the job row.
pub(in crate::jobs) async fn revive(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
    failed: &[Uuid],
) -> Result<(), DbError> {
    history::recall(&mut *conn, tenant, job).await?;
    sql::query(
        "UPDATE job_step
         SET state = 'ready', run_at = clock_timestamp(), finished_at = NULL,
             attempts_before = attempts
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity' AND step_id = ANY ($3)
           AND state = 'failed'",
    )
    .bind(tenant)
    .bind(job)
    .bind(failed)
    .execute(&mut *conn)
    .await?;
    unskip(conn, tenant, job, failed).await?;
    sql::query(
        "UPDATE job SET finished_at = NULL,
           state = CASE WHEN state = 'paused' THEN 'paused' ELSE 'running' END
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity'",
    )
    .bind(tenant)
    .bind(job)
    .execute(&mut *conn)
    .await?;
    dead_letter::redriven(conn, tenant, failed).await?;
    wake::workers(conn).await
}

/// What was skipped because of `revived` waits again, unless something else that it needs, however
/// indirectly, has failed too.
async fn unskip(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
    revived: &[Uuid],
) -> Result<(), DbError> {
    sql::query(
        "WITH RECURSIVE after AS (
           SELECT unnest($3::uuid[]) AS step_id
           WHERE EXISTS (SELECT FROM job_step
             WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity' AND state = 'skipped')
           UNION
           SELECT d.step_id FROM job_step d JOIN after a ON a.step_id = ANY (d.needs)
           WHERE d.tenant_id = $1 AND d.job_id = $2 AND d.month >= 'infinity'
         ), blocked AS (
           SELECT step_id FROM job_step
           WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity' AND state = 'failed'
           UNION
           SELECT d.step_id FROM job_step d JOIN blocked b ON b.step_id = ANY (d.needs)
           WHERE d.tenant_id = $1 AND d.job_id = $2 AND d.month >= 'infinity'
         )
         UPDATE job_step s SET state = 'waiting', finished_at = NULL
         FROM after
         WHERE s.tenant_id = $1 AND s.job_id = $2 AND s.month >= 'infinity'
           AND s.step_id = after.step_id AND s.state = 'skipped' AND s.step_id NOT IN (SELECT step_id FROM blocked)",
    )
    .bind(tenant)
    .bind(job)
    .bind(revived)
    .execute(conn)
    .await?;
    Ok(())
}
