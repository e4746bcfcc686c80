//! What a failed read means for the step: the class is known where the error happened.

use common::jobs::{Class, ErrorCode, StepError};
use common::tenant_config::TenantConfigError;

use crate::adapters::bigquery::{ErrorClass, WarehouseError};
use crate::app::find_changed::FindError;
use crate::app::open_warehouse::OpenError;
use crate::app::stage_day::StageError;

impl From<WarehouseError> for StepError {
    fn from(error: WarehouseError) -> Self {
        let class = match error.class {
            ErrorClass::Transient => Class::Transient,
            ErrorClass::Permanent => Class::Permanent,
            ErrorClass::Configuration => Class::Configuration,
        };
        let code = match (error.class, error.http_status, error.reason.as_str()) {
            (_, Some(401), _) => ErrorCode::CredentialsRejected,
            (_, Some(404), _) | (_, _, "notFound") => ErrorCode::SourceNotFound,
            (_, _, "bytesBilledLimitExceeded") => ErrorCode::CostLimitExceeded,
            (_, Some(429), _) | (_, _, "rateLimitExceeded") => ErrorCode::SourceRateLimited,
            (_, Some(403), _) | (_, _, "accessDenied") => ErrorCode::AccessDenied,
            (_, _, "unreadableAnswer" | "answerTooLarge") => ErrorCode::SourceMalformed,
            (ErrorClass::Configuration, ..) => ErrorCode::ConnectionInvalid,
            _ => ErrorCode::SourceUnavailable,
        };
        let detail = format!("{}: {}", error.reason, error.detail);
        let failure = Self::new(class, code, error.told()).with_detail(detail);
        match error.retry_after {
            Some(delay) => failure.with_retry_after(delay),
            None => failure,
        }
    }
}

impl From<OpenError> for StepError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Db(error) | OpenError::Config(TenantConfigError::Db(error)) => error.into(),
            OpenError::Warehouse(error) => error.into(),
            OpenError::Config(error) => Self::configuration(
                ErrorCode::ConnectionInvalid,
                "The stored configuration cannot be read.",
            )
            .with_detail(error),
            OpenError::NoConnection => Self::configuration(
                ErrorCode::ConnectionMissing,
                "No BigQuery connection with a service account key is configured.",
            ),
            OpenError::UnknownProperty(property) => Self::configuration(
                ErrorCode::ConnectionMissing,
                format!("The property {property} is not configured."),
            ),
        }
    }
}

impl From<FindError> for StepError {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Warehouse(error) => error.into(),
            FindError::Db(error) => error.into(),
        }
    }
}

impl From<StageError> for StepError {
    fn from(error: StageError) -> Self {
        let detail = error.to_string();
        match error {
            StageError::Warehouse(error) => return error.into(),
            StageError::Db(error) => return error.into(),
            StageError::Attempt(error) => return error,
            StageError::Schema(_) => Self::permanent(
                ErrorCode::SourceMalformed,
                "The table does not have the columns of a GA4 export.",
            ),
            StageError::Page(_) | StageError::Torn(_) => Self::transient(
                ErrorCode::SourceMalformed,
                "BigQuery's answer broke off in the middle.",
            ),
            StageError::Changed | StageError::Incomplete { .. } => Self::transient(
                ErrorCode::SourceChanged,
                "The day's table changed while it was read.",
            ),
            StageError::Vanished(_) => Self::transient(
                ErrorCode::SourceChanged,
                "The day's table disappeared while it was read.",
            ),
            StageError::Cost(limit) => {
                Self::permanent(ErrorCode::CostLimitExceeded, limit.to_string())
            }
            StageError::Thread => {
                Self::transient(ErrorCode::InternalError, "The day could not be decoded.")
            }
        }
        .with_detail(detail)
    }
}
