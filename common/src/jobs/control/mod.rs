//! What people do to a job once it is there.

mod cancel;
mod hold;
mod pause;
mod retry;
mod share;

pub use cancel::cancel;
pub use hold::{Hold, hold, holds, release};
pub use pause::{pause, resume};
pub use retry::retry;
pub use share::{Share, set_share};

pub(super) use retry::revive;

use sqlx::PgConnection;
use uuid::Uuid;

use super::JobState;
use crate::db::{DbError, TenantTx, sql};
use crate::kernel::JobId;

/// Why a job stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("there is no such job")]
    NotFound,
    /// Nothing is left that it could be done to.
    #[error("the job has finished")]
    Finished,
    /// Only failed steps are tried again.
    #[error("no step of the job has failed")]
    NothingFailed,
    /// It would be the second live one of its kind and range.
    #[error("a newer job does the same")]
    Replaced,
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for ControlError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unique { constraint } if constraint == "job_live_key_unique" => Self::Replaced,
            error => Self::Db(error),
        }
    }
}

impl From<sqlx::Error> for ControlError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// Holds the job row until the transaction ends: what happens to a job happens one after another.
async fn lock(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    let tenant = tx.tenant();
    let state = hold_job(tx.conn(), tenant, job.uuid()).await?;
    parsed(&state.ok_or(ControlError::NotFound)?)
}

/// Holds a job, live or in history, and answers its state; none when there is no such job.
pub(super) async fn hold_job(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
) -> Result<Option<String>, DbError> {
    let state = sql::query_scalar(
        "SELECT state FROM job WHERE tenant_id = $1 AND job_id = $2 FOR NO KEY UPDATE",
    )
    .bind(tenant)
    .bind(job)
    .fetch_optional(conn)
    .await?;
    Ok(state)
}

async fn lock_live(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    let state = lock(tx, job).await?;
    if state.finished() { Err(ControlError::Finished) } else { Ok(state) }
}

async fn state(tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
    let tenant = tx.tenant();
    let state: String =
        sql::query_scalar("SELECT state FROM job WHERE tenant_id = $1 AND job_id = $2")
            .bind(tenant)
            .bind(job.uuid())
            .fetch_one(tx.conn())
            .await?;
    parsed(&state)
}

fn parsed(state: &str) -> Result<JobState, ControlError> {
    state.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)).into())
}
