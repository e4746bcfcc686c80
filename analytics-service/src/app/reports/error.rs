//! Why a report cannot be made or sent.

use common::db::DbError;
use common::jobs::SubmitError;

use crate::adapters::mail::MessageError;
use crate::app::stats::StatsError;

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("no Analytics property is connected yet")]
    NoProperty,
    #[error("a report covers at most {limit} days")]
    TooLong { limit: i64 },
    /// Neither asked for nor in the master data.
    #[error("nobody is named to receive the report, and the location has no e-mail address")]
    RecipientMissing,
    #[error(transparent)]
    Recipient(#[from] MessageError),
    #[error("the report cannot be rendered")]
    Render(#[from] minijinja::Error),
    #[error(transparent)]
    Stats(#[from] StatsError),
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Db(#[from] DbError),
}
