//! What a statement can fail with, told apart by what the caller can do about it.

use sqlx::error::ErrorKind;

/// A failed database operation.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A row with this key exists.
    #[error("unique constraint {constraint} violated")]
    Unique { constraint: String },
    /// A row that this one points to does not exist, or one that points here does.
    #[error("foreign key {constraint} violated")]
    ForeignKey { constraint: String },
    /// A value out of its range.
    #[error("check {constraint} violated")]
    Check { constraint: String },
    /// Another transaction was in the way; the same work may succeed when repeated.
    #[error("transaction conflict")]
    Conflict(#[source] sqlx::Error),
    /// No connection, no answer, or the answer came too late.
    #[error("database unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// The way to the database is described wrongly.
    #[error("{0}")]
    Configuration(String),
    #[error("database error")]
    Other(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let constraint = || database.constraint().unwrap_or_default().to_owned();
                match database.kind() {
                    ErrorKind::UniqueViolation => Self::Unique { constraint: constraint() },
                    ErrorKind::ForeignKeyViolation => Self::ForeignKey { constraint: constraint() },
                    ErrorKind::CheckViolation => Self::Check { constraint: constraint() },
                    _ => match database.code().as_deref() {
                        // serialization_failure, deadlock_detected, lock_not_available
                        Some("40001" | "40P01" | "55P03") => Self::Conflict(error),
                        // query_canceled, admin_shutdown, crash_shutdown, cannot_connect_now,
                        // too_many_connections, disk_full, idle_in_transaction_session_timeout
                        Some(
                            "57014" | "57P01" | "57P02" | "57P03" | "53300" | "53100" | "25P03",
                        ) => Self::Unavailable(error),
                        _ => Self::Other(error),
                    },
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Other(error),
        }
    }
}

impl From<sea_orm::DbErr> for DbError {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(e))
            | DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e)) => std::sync::Arc::try_unwrap(e).map_or_else(
                |shared| Self::Other(sqlx::Error::Protocol(shared.to_string())),
                Self::from,
            ),
            other => Self::Other(sqlx::Error::Protocol(other.to_string())),
        }
    }
}
