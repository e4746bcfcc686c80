//! Why a step failed, told by the step itself: it knows whether trying again can help.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::db::DbError;

/// What trying again would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// May succeed later without anyone's help.
    Transient,
    /// Will fail the same way again.
    Permanent,
    /// Needs someone to change a setting, a password or a right first.
    Configuration,
}

impl Class {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Configuration => "configuration",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $text:literal),+ $(,)?) => {
        /// The published list of codes in a job's `exceptions`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $variant),+
        }

        impl ErrorCode {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// What the code means, for the documentation.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii()),+ }
            }
        }
    };
}

codes! {
    /// The product made a mistake; the operators see the details.
    InternalError => "internal_error",
    /// The product's own database did not answer.
    DatabaseUnavailable => "database_unavailable",
    /// The worker that ran the step went away; another one takes over.
    WorkerLost => "worker_lost",
    /// The step stopped making progress.
    Stalled => "stalled",
    /// The step's parameters cannot be read by this version.
    InvalidPayload => "invalid_payload",
    /// The step found more follow-up work than one job may hold.
    TooManySteps => "too_many_steps",
    /// The tenant has no such connection configured.
    ConnectionMissing => "connection_missing",
    /// The configured connection cannot be used as it is.
    ConnectionInvalid => "connection_invalid",
    /// The other side refused the credentials.
    CredentialsRejected => "credentials_rejected",
    /// The credentials are good but lack a right.
    AccessDenied => "access_denied",
    /// The host key is not the one that was confirmed.
    HostKeyMismatch => "host_key_mismatch",
    /// The source does not exist.
    SourceNotFound => "source_not_found",
    /// The source did not answer.
    SourceUnavailable => "source_unavailable",
    /// The source asked to come back later.
    SourceRateLimited => "source_rate_limited",
    /// The source changed while it was read.
    SourceChanged => "source_changed",
    /// The source answered something that cannot be read.
    SourceMalformed => "source_malformed",
    /// Reading would be billed more than the tenant's limits allow; nothing was read.
    CostLimitExceeded => "cost_limit_exceeded",
    /// The file does not look like what it should be.
    FileMalformed => "file_malformed",
    /// More rows of the file were faulty than its connection allows; none of them took effect.
    TooManyRejects => "too_many_rejects",
    /// The file holds so much less than before that it was not applied.
    FileShrunk => "file_shrunk",
    /// There is no data for what was asked.
    NoData => "no_data",
    /// Nobody is configured to receive the report.
    RecipientMissing => "recipient_missing",
    /// The mail server refused the message.
    DeliveryRefused => "delivery_refused",
    /// The mail server did not take the message yet.
    DeliveryUnavailable => "delivery_unavailable",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failed attempt.
#[derive(Debug, Clone)]
pub struct Failure {
    pub class: Class,
    pub code: ErrorCode,
    /// A sentence for the user: what happened and what to do. Holds no secret and no stack.
    pub message: String,
    /// For developers, in the log only.
    pub detail: Option<String>,
    /// The earliest the source wants to see us again.
    pub retry_after: Option<Duration>,
}

/// How a step ends when it does not end well.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The lease belongs to someone else now: nothing may be written, not even this failure.
    #[error("the lease of this step was lost")]
    StaleLease,
    /// The step was asked to stop and did.
    #[error("the step was asked to stop")]
    Stopped,
    #[error("{}: {}{}", .0.code, .0.message, .0.detail.as_deref().map(|d| format!(" ({d})")).unwrap_or_default())]
    Failed(Box<Failure>),
}

impl StepError {
    #[must_use]
    pub fn new(class: Class, code: ErrorCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Failed(Box::new(Failure { class, code, message, detail: None, retry_after: None }))
    }

    #[must_use]
    pub fn transient(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(Class::Transient, code, message)
    }

    #[must_use]
    pub fn permanent(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(Class::Permanent, code, message)
    }

    #[must_use]
    pub fn configuration(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::new(Class::Configuration, code, message)
    }

    /// What a developer needs to know, for the log.
    #[must_use]
    pub fn with_detail(mut self, detail: impl fmt::Display) -> Self {
        if let Self::Failed(failure) = &mut self {
            failure.detail = Some(detail.to_string());
        }
        self
    }

    #[must_use]
    pub fn with_retry_after(mut self, delay: Duration) -> Self {
        if let Self::Failed(failure) = &mut self {
            failure.retry_after = Some(delay);
        }
        self
    }
}

impl From<DbError> for StepError {
    fn from(error: DbError) -> Self {
        let detail = with_sources(&error);
        match error {
            DbError::Conflict(_) | DbError::Unavailable(_) => {
                Self::transient(ErrorCode::DatabaseUnavailable, "the database was busy or away")
            }
            DbError::Unique { .. } | DbError::ForeignKey { .. } | DbError::Check { .. } => {
                Self::permanent(ErrorCode::InternalError, "the result could not be stored")
            }
            DbError::Configuration(_) | DbError::Other(_) => {
                Self::transient(ErrorCode::InternalError, "the result could not be stored")
            }
        }
        .with_detail(detail)
    }
}

impl From<sqlx::Error> for StepError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_explained() {
        let texts: std::collections::BTreeSet<_> =
            ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), ErrorCode::ALL.len());
        assert!(ErrorCode::ALL.iter().all(|c| c.meaning().ends_with('.')));
    }

    #[test]
    fn the_published_list_is_complete() {
        let guide = include_str!("../../../docs/JOBS.md");
        for code in ErrorCode::ALL {
            let row = format!("| `{code}` | {} |", code.meaning());
            assert!(guide.contains(&row), "docs/JOBS.md lacks: {row}");
        }
    }

    #[test]
    fn detail_is_for_the_log_and_message_for_the_user() {
        let error = StepError::permanent(ErrorCode::NoData, "no rows").with_detail("SELECT 0");
        assert_eq!(error.to_string(), "no_data: no rows (SELECT 0)");
        let StepError::Failed(failure) = error else { panic!("a failure") };
        assert_eq!(failure.message, "no rows");
    }
}
