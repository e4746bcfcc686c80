//! Statements for a door's connection.
//!
//! The text is `&'static str`: values are bound, never formatted in. A statement needs a
//! connection to run on, and only a door has one.

#![expect(clippy::disallowed_methods, reason = "the wrappers that the lint names as replacement")]

use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::query::{Query, QueryAs, QueryScalar};

/// A statement without a typed result.
pub fn query<'q>(text: &'static str) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(text)
}

/// A statement whose rows are `T`.
pub fn query_as<'q, T>(text: &'static str) -> QueryAs<'q, Postgres, T, PgArguments>
where
    T: for<'r> sqlx::FromRow<'r, PgRow>,
{
    sqlx::query_as(text)
}

/// A statement whose rows are one value each.
pub fn query_scalar<'q, T>(text: &'static str) -> QueryScalar<'q, Postgres, T, PgArguments>
where
    (T,): for<'r> sqlx::FromRow<'r, PgRow>,
{
    sqlx::query_scalar(text)
}

/// A statement of composed text, without a typed result. It is prepared for this once.
pub fn query_of<'q>(text: sqlx::SqlStr) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(text).persistent(false)
}

/// A statement of composed text whose rows are `T`.
pub fn query_as_of<'q, T>(text: sqlx::SqlStr) -> QueryAs<'q, Postgres, T, PgArguments>
where
    T: for<'r> sqlx::FromRow<'r, PgRow>,
{
    sqlx::query_as(text).persistent(false)
}

/// A statement of composed text whose rows are one value each.
pub fn scalar_of<'q, T>(text: sqlx::SqlStr) -> QueryScalar<'q, Postgres, T, PgArguments>
where
    (T,): for<'r> sqlx::FromRow<'r, PgRow>,
{
    sqlx::query_scalar(text).persistent(false)
}

/// Statement text that was composed from constants and typed ids.
#[derive(Debug)]
pub struct Text;

impl Text {
    /// For text without a single character of anyone's input.
    #[must_use]
    pub fn trusted(text: String) -> sqlx::SqlStr {
        sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(text))
    }
}
