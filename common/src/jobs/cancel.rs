//! Cancelling a job.

use super::{JobState, settle};
use crate::db::{DbError, TenantTx, sql};
use crate::kernel::JobId;

#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    #[error("there is no such job")]
    NotFound,
    /// Nothing is left that could be cancelled.
    #[error("the job has finished")]
    Finished,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Asks for the end of a job: what has not started never will, what runs is told to stop.
/// Asking twice is the same as asking once. Returns the state the job has now.
///
/// # Errors
/// When the job is unknown or has finished.
pub async fn cancel(tx: &mut TenantTx, job: JobId) -> Result<JobState, CancelError> {
    let tenant = tx.tenant();
    let state: Option<String> = sql::query_scalar(
        "SELECT state FROM job WHERE tenant_id = $1 AND job_id = $2 FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .bind(job.uuid())
    .fetch_optional(tx.conn())
    .await
    .map_err(DbError::from)?;
    let state = state.ok_or(CancelError::NotFound)?;
    if state.parse().is_ok_and(JobState::finished) {
        return Err(CancelError::Finished);
    }
    sql::query(
        "UPDATE job SET cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
         WHERE tenant_id = $1 AND job_id = $2",
    )
    .bind(tenant)
    .bind(job.uuid())
    .execute(tx.conn())
    .await
    .map_err(DbError::from)?;
    settle::cancel_unstarted(tx.conn(), tenant, job.uuid()).await?;
    settle::finish_job(tx.conn(), tenant, job.uuid()).await?;
    let state: String =
        sql::query_scalar("SELECT state FROM job WHERE tenant_id = $1 AND job_id = $2")
            .bind(tenant)
            .bind(job.uuid())
            .fetch_one(tx.conn())
            .await
            .map_err(DbError::from)?;
    Ok(state.parse().unwrap_or(JobState::Running))
}
