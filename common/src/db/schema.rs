//! The check that the database has the schema this binary was built for.

use super::{Db, DbError, sql};

/// The database's schema is not the one this binary needs.
#[derive(Debug, thiserror::Error)]
pub enum SchemaMismatch {
    #[error("the database lacks migration {expected}; run footfall-migrate up")]
    Missing { expected: String },
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Db {
    /// Refuses to go on unless migration `expected` was applied. Newer ones are fine: migrations
    /// expand first and contract when no old binary is left.
    ///
    /// # Errors
    /// When the migration is missing or the database does not answer.
    pub async fn check_schema(&self, expected: &str) -> Result<(), SchemaMismatch> {
        let mut tx = self.identity().await?;
        let applied: Result<bool, sqlx::Error> =
            sql::query_scalar("SELECT EXISTS (SELECT FROM seaql_migrations WHERE version = $1)")
                .bind(expected)
                .fetch_one(tx.conn())
                .await;
        match applied.map_err(DbError::from) {
            Ok(true) => Ok(()),
            // No such table, or no right to read it: nothing was migrated here.
            Ok(false) | Err(DbError::Other(_)) => {
                Err(SchemaMismatch::Missing { expected: expected.to_owned() })
            }
            Err(error) => Err(error.into()),
        }
    }
}
