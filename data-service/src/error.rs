//! Refusals of the job engine as answers.

use common::http::ApiError;
use common::jobs::dead_letter::RedriveError;
use common::jobs::{ControlError, SubmitError};

/// Something the engine would not do.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(transparent)]
    Redrive(#[from] RedriveError),
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Submit(error) => submit(error),
            Refused::Control(error) => control(error),
            Refused::Redrive(error) => redrive(error),
        }
    }
}

fn submit(error: SubmitError) -> ApiError {
    match error {
        SubmitError::Db(error) => error.into(),
        // The graphs are our own: a bad one is our mistake.
        error @ SubmitError::Graph(_) => ApiError::internal(error),
    }
}

fn control(error: ControlError) -> ApiError {
    match error {
        ControlError::Db(error) => error.into(),
        ControlError::NotFound => ApiError::not_found(),
        ControlError::Finished => {
            ApiError::conflict("job_finished", "the job has finished; nothing of it can be changed")
        }
        ControlError::NothingFailed => ApiError::conflict(
            "nothing_failed",
            "no step of the job has failed; only failed steps are retried",
        ),
        ControlError::Replaced => ApiError::conflict(
            "newer_job_live",
            "a newer job that does the same is under way; wait for it or cancel it",
        ),
    }
}

fn redrive(error: RedriveError) -> ApiError {
    let detail = error.to_string();
    match error {
        RedriveError::Db(error) => error.into(),
        RedriveError::NotFound => ApiError::not_found(),
        error => ApiError::conflict(redrive_code(&error), detail),
    }
}

/// The stable word for a dead letter that was left as it is.
#[must_use]
pub const fn redrive_code(error: &RedriveError) -> &'static str {
    match error {
        RedriveError::NotFound => "not_found",
        RedriveError::Live => "step_live",
        RedriveError::Done => "step_done",
        RedriveError::JobGone => "job_gone",
        RedriveError::Replaced => "newer_job_live",
        RedriveError::Db(_) => "internal",
    }
}
