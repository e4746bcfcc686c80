//! Cancelling a job.

use super::{ControlError, lock_live, state};
use crate::db::{TenantTx, sql};
use crate::jobs::{JobState, settle, wake};
use crate::kernel::JobId;

/// Asks for the end of a job: what has not started never will, what runs is told to stop.
/// Asking twice is the same as asking once. Returns the state the job has now.
///
/// # Errors
/// When the job is unknown or has finished.
pub async fn cancel(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    lock_live(tx, job).await?;
    let tenant = tx.tenant();
    sql::query(
        "UPDATE job SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
         WHERE tenant_id = $1 AND job_id = $2 AND month >= 'infinity'",
    )
    .bind(tenant)
    .bind(job.uuid())
    .execute(tx.conn())
    .await?;
    settle::cancel_unstarted(tx.conn(), tenant, job.uuid()).await?;
    settle::finish_job(tx.conn(), tenant, job.uuid()).await?;
    wake::cancelled(tx.conn()).await?;
    state(tx, job).await
}
