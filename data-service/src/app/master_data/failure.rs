//! Faults of servers and files as failures of a step, with a sentence for the tenant's admin.

use common::jobs::{ErrorCode, StepError};

use crate::adapters::sftp::SftpError;
use crate::domain::file::FileError;

pub(super) fn no_connection() -> StepError {
    StepError::configuration(
        ErrorCode::ConnectionMissing,
        "no SFTP server is configured; add one under connections",
    )
}

pub(super) fn unusable(reason: impl Into<String>) -> StepError {
    StepError::configuration(ErrorCode::ConnectionInvalid, reason)
}

pub(super) fn still_written(name: &str) -> StepError {
    let message = format!("{name} is still being written; it is loaded when it rests");
    StepError::transient(ErrorCode::SourceChanged, message)
}

pub(super) fn of_file(name: &str, error: &FileError) -> StepError {
    let code = match error {
        FileError::TooManyRejects { .. } => ErrorCode::TooManyRejects,
        FileError::NoRows => ErrorCode::FileShrunk,
        _ => ErrorCode::FileMalformed,
    };
    StepError::permanent(code, format!("{name} was not loaded: {error}")).with_detail(error.code())
}

pub(super) fn of_server(error: &SftpError) -> StepError {
    use SftpError as E;
    let (code, transient) = match error {
        E::Unreachable { .. } | E::TimedOut { .. } | E::Broken { .. } | E::CircuitOpen(_) => {
            (ErrorCode::SourceUnavailable, true)
        }
        E::Changed { .. } => (ErrorCode::SourceChanged, true),
        E::NoThread(_) => (ErrorCode::InternalError, true),
        E::HostKeyMismatch { .. } => (ErrorCode::HostKeyMismatch, false),
        E::LoginRefused { .. } => (ErrorCode::CredentialsRejected, false),
        E::KeyUnreadable => (ErrorCode::ConnectionInvalid, false),
        E::NoSftp { .. } | E::AccessDenied { .. } => (ErrorCode::AccessDenied, false),
        E::NotFound { .. } => (ErrorCode::SourceNotFound, false),
        E::TooManyEntries { .. } => (ErrorCode::SourceMalformed, false),
    };
    let message = match error {
        E::HostKeyMismatch { .. } => format!(
            "{error}; nothing was sent. Ask the server's operator before you pin another key"
        ),
        _ => error.to_string(),
    };
    let failure = if transient {
        StepError::transient(code, message)
    } else {
        StepError::configuration(code, message)
    };
    match error {
        E::Unreachable { source: Some(source), .. } => failure.with_detail(source),
        _ => failure,
    }
}
