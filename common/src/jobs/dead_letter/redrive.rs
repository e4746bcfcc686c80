//! Running what had died again: the same step of the same job, under the same ids.

use uuid::Uuid;

use super::{DeadLetterFilter, list};
use crate::db::{DbError, TenantTx, sql};
use crate::jobs::{JobState, StepState, control};
use crate::kernel::{DeadLetterId, JobId};

/// Why a dead letter stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    #[error("there is no such dead letter")]
    NotFound,
    #[error("the step waits or runs already")]
    Live,
    #[error("the step is done")]
    Done,
    #[error("the job was cancelled or removed with the history")]
    JobGone,
    #[error("a newer job does the same")]
    Replaced,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The letter's step and its job, which is locked.
struct Buried {
    job: Uuid,
    job_state: JobState,
    step: Uuid,
    step_state: StepState,
    replaced: bool,
}

/// Makes the step ready again with all its attempts; what was skipped because of it waits again.
///
/// # Errors
/// When there is no such dead letter, or its step cannot or need not run again.
pub async fn redrive(tx: &mut TenantTx, id: DeadLetterId) -> Result<JobId, RedriveError> {
    let Buried { job, job_state, step, step_state, replaced } = buried(tx, id).await?;
    match (step_state, job_state) {
        (_, JobState::Cancelled) => return Err(RedriveError::JobGone),
        (StepState::Failed, _) if replaced => return Err(RedriveError::Replaced),
        (StepState::Failed, _) => {}
        (StepState::Waiting | StepState::Ready | StepState::Running, _) => {
            return Err(RedriveError::Live);
        }
        (StepState::Done | StepState::Skipped | StepState::Cancelled, _) => {
            return Err(RedriveError::Done);
        }
    }
    let tenant = tx.tenant();
    control::revive(tx.conn(), tenant, job, &[step]).await?;
    Ok(JobId::from_uuid(job))
}

/// Redrives up to `limit` open dead letters that the filter lets through, newest first, and tells
/// what became of each.
///
/// # Errors
/// What the database refused; then none was redriven.
pub async fn redrive_all(
    tx: &mut TenantTx,
    filter: &DeadLetterFilter,
    limit: i64,
) -> Result<Vec<(DeadLetterId, Result<JobId, RedriveError>)>, DbError> {
    let filter = DeadLetterFilter { open: true, ..filter.clone() };
    let letters = list(tx, &filter, None, limit).await?;
    let mut outcomes = Vec::with_capacity(letters.len());
    for letter in letters {
        let id = letter.dead_letter_id;
        match redrive(tx, id).await {
            Err(RedriveError::Db(error)) => return Err(error),
            outcome => outcomes.push((id, outcome)),
        }
    }
    Ok(outcomes)
}

async fn buried(tx: &mut TenantTx, id: DeadLetterId) -> Result<Buried, RedriveError> {
    let tenant = tx.tenant();
    let known: Option<(Option<Uuid>,)> = sql::query_as(
        "SELECT s.job_id FROM dead_letter d
         LEFT JOIN job_step s ON s.tenant_id = d.tenant_id AND s.step_id = d.origin_id
         WHERE d.tenant_id = $1 AND d.dead_letter_id = $2 AND d.origin = 'job_step'",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await
    .map_err(DbError::from)?;
    let job = known.ok_or(RedriveError::NotFound)?.0.ok_or(RedriveError::JobGone)?;
    // Held first and read afterwards: a second redrive at the same time sees the first one's.
    control::hold_job(tx.conn(), tenant, job).await?.ok_or(RedriveError::JobGone)?;
    let found: Option<(String, Uuid, String, bool)> = sql::query_as(
        "SELECT j.state, s.step_id, s.state,
                EXISTS (SELECT FROM job o
                  WHERE o.tenant_id = j.tenant_id AND o.unique_key = j.unique_key
                    AND o.month >= 'infinity'
                    AND o.state IN ('pending', 'running', 'paused') AND o.job_id <> j.job_id)
         FROM dead_letter d
         JOIN job_step s ON s.tenant_id = d.tenant_id AND s.step_id = d.origin_id
         JOIN job j ON j.tenant_id = s.tenant_id AND j.job_id = s.job_id
         WHERE d.tenant_id = $1 AND d.dead_letter_id = $2",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await
    .map_err(DbError::from)?;
    let (job_state, step, step_state, replaced) = found.ok_or(RedriveError::JobGone)?;
    let unknown = |error| DbError::from(sqlx::Error::Decode(Box::new(error)));
    Ok(Buried {
        job,
        job_state: job_state.parse().map_err(unknown)?,
        step,
        step_state: step_state.parse().map_err(unknown)?,
        replaced,
    })
}
