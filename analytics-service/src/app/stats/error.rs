//! Why a question about statistics has no answer.

use common::db::DbError;

use crate::domain::counted::TooManyRows;
use crate::domain::location::TooManyLocations;
use crate::domain::query::{MAX_BUCKETS, QueryError};

#[derive(Debug, thiserror::Error)]
pub enum StatsError {
    /// The tenant has several properties; numbers of different zones are never mixed.
    #[error("the tenant has several properties")]
    PropertyRequired,
    /// No such property, or not this tenant's.
    #[error("no such property")]
    UnknownProperty,
    /// Neither master data nor any loaded day knows the location.
    #[error("no such location")]
    UnknownLocation,
    /// A metric has no meaning for a dimension, or there is too much of something.
    #[error(transparent)]
    Query(#[from] QueryError),
    #[error("the range has more than {MAX_BUCKETS} buckets")]
    TooManyBuckets,
    #[error(transparent)]
    TooManyRows(#[from] TooManyRows),
    #[error(transparent)]
    TooManyLocations(#[from] TooManyLocations),
    #[error("the tenant's settings are not of a known form")]
    Settings(#[source] serde_json::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for StatsError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}
