//! Refusals of the job engine as answers.

use common::http::ApiError;
use common::jobs::{CancelError, SubmitError};

/// Something the engine would not do.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Cancel(#[from] CancelError),
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Submit(SubmitError::Db(error)) | Refused::Cancel(CancelError::Db(error)) => {
                error.into()
            }
            // The graphs are our own: a bad one is our mistake.
            Refused::Submit(error @ SubmitError::Graph(_)) => Self::internal(error),
            Refused::Cancel(CancelError::NotFound) => Self::not_found(),
            Refused::Cancel(CancelError::Finished) => {
                Self::conflict("job_finished", "the job has finished; nothing is left to cancel")
            }
        }
    }
}
