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
            DbError::Other(sqlx::Error::Database(refused))
                if outside_types(refused.code().as_deref()) =>
            {
                ApiError::invalid("a value is outside what its type can hold").caused_by(error)
            }
            DbError::Configuration(_) | DbError::Other(_) => ApiError::internal(error),
        }
    }
}

/// Well-formed values that Postgres has no room for: numeric_value_out_of_range, datetime_field_overflow (chrono's
/// years reach further), character_not_in_repertoire and untranslatable_character.
fn outside_types(code: Option<&str>) -> bool {
    matches!(code, Some("22003" | "22008" | "22021" | "22P05"))
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

    #[test]
    fn only_values_outside_their_type_are_the_clients_fault() {
        assert!(outside_types(Some("22008")));
        // division_by_zero and syntax errors are ours.
        assert!(
            !outside_types(Some("22012")) && !outside_types(Some("42601")) && !outside_types(None)
        );
    }
}
