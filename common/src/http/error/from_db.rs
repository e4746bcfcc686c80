//! Failed database operations as answers. A handler that knows better what a constraint means maps it itself.

use super::ApiError;
use crate::db::DbError;

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Unique { constraint } => {
                let detail = format!("it exists already ({constraint})");
                ApiError::conflict("already_exists", detail).caused_by(error)
            }
            DbError::ForeignKey { constraint } => {
                let detail = format!(
                    "something it refers to does not exist, or is still referred to ({constraint})"
                );
                ApiError::invalid(detail).caused_by(error)
            }
            DbError::Check { constraint } => {
                ApiError::invalid(format!("a value is outside what is allowed ({constraint})"))
                    .caused_by(error)
            }
            DbError::Conflict(_) => {
                ApiError::unavailable("conflict", 1, "another change was in the way; try again")
                    .caused_by(error)
            }
            DbError::Unavailable(_) => ApiError::unavailable(
                "database_unavailable",
                2,
                "the database does not answer; try again",
            )
            .caused_by(error),
            DbError::Configuration(_) | DbError::Other(_) => ApiError::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_choose_the_status() {
        let named = || "job_unique".to_owned();
        for (error, status) in [
            (DbError::Unique { constraint: named() }, 409),
            (DbError::ForeignKey { constraint: named() }, 422),
            (DbError::Check { constraint: named() }, 422),
            (DbError::Unavailable(sqlx::Error::PoolTimedOut), 503),
            (DbError::Other(sqlx::Error::RowNotFound), 500),
        ] {
            let error = ApiError::from(error);
            assert_eq!(error.status().as_u16(), status);
            assert!(error.cause().is_some());
        }
    }
}
