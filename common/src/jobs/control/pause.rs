//! Letting a job stand still for a while.

use super::{ControlError, lock_live, state};
use crate::db::{TenantTx, sql};
use crate::jobs::{JobState, wake};
use crate::kernel::JobId;

/// No further step of the job starts; what runs goes on to its end. Pausing twice is the same as
/// pausing once. Returns the state the job has now.
///
/// # Errors
/// When the job is unknown or has finished.
pub async fn pause(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    lock_live(tx, job).await?;
    let tenant = tx.tenant();
    sql::query(
        "UPDATE job SET state = 'paused'
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity'",
    )
    .bind(tenant)
    .bind(job.uuid())
    .execute(tx.conn())
    .await?;
    Ok(JobState::Paused)
}

/// Lets a paused job go on where it stands. A job that is not paused stays as it is. Returns the
/// state the job has now.
///
/// # Errors
/// When the job is unknown or has finished.
pub async fn resume(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    lock_live(tx, job).await?;
    let tenant = tx.tenant();
    sql::query(
        "UPDATE job SET state = CASE WHEN started_at IS NULL THEN 'pending' ELSE 'running' END
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity' AND state = 'paused'",
    )
    .bind(tenant)
    .bind(job.uuid())
    .execute(tx.conn())
    .await?;
    wake::workers(tx.conn()).await?;
    state(tx, job).await
}
