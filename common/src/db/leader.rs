//! Who does the work that only one process may do at a time.

use std::time::Duration;

use uuid::Uuid;

use super::{Db, DbError, sql};

/// A claim to lead, on database time: at most one holder of a name at any instant, and none for
/// at most `term` after a holder died.
#[derive(Debug, Clone)]
pub struct Leader {
    name: &'static str,
    holder: Uuid,
    term: Duration,
}

impl Leader {
    #[must_use]
    pub fn new(name: &'static str, term: Duration) -> Self {
        Self { name, holder: Uuid::new_v4(), term }
    }

    /// Takes or renews the lead. True while this process leads, for `term` from now.
    ///
    /// # Errors
    /// What the database refused; then nobody may assume to lead.
    pub async fn lead(&self, db: &Db) -> Result<bool, DbError> {
        let mut tx = db.worker().await?;
        let leads: Option<bool> = sql::query_scalar(
            "INSERT INTO leader AS l (name, holder, expires_at)
             VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT (name) DO UPDATE
               SET holder = excluded.holder, expires_at = excluded.expires_at
               WHERE l.holder = excluded.holder OR l.expires_at < clock_timestamp()
             RETURNING true",
        )
        .bind(self.name)
        .bind(self.holder)
        .bind(self.term.as_secs_f64())
        .fetch_optional(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(leads.unwrap_or(false))
    }

    /// Lets another process lead at once.
    ///
    /// # Errors
    /// What the database refused; the lead then ends with its term.
    pub async fn resign(&self, db: &Db) -> Result<(), DbError> {
        let mut tx = db.worker().await?;
        sql::query("DELETE FROM leader WHERE name = $1 AND holder = $2")
            .bind(self.name)
            .bind(self.holder)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    }
}
