//! Sessions through a short cache: a change of role, a suspension or a logout acts within two
//! seconds, and a database that is away stops nobody whose standing was known.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use super::session::{Session, SessionKey, load};
use super::{AuthError, TOKEN_LIFETIME};
use crate::db::{Db, DbError};

/// Below the two seconds that are promised, by the time a slow lookup may take.
const FRESH: Duration = Duration::from_millis(1_500);

/// People who are active at the same time, in one process.
const CAPACITY: u64 = 50_000;

/// What is known about sessions.
#[derive(Debug)]
pub struct Standings {
    db: Db,
    fresh: Cache<SessionKey, Option<Arc<Session>>>,
    /// Consulted only while the database is away.
    last: Cache<SessionKey, Option<Arc<Session>>>,
}

impl Standings {
    #[must_use]
    pub fn new(db: Db) -> Self {
        let last_known = TOKEN_LIFETIME.to_std().unwrap_or(Duration::from_secs(600));
        Self {
            db,
            fresh: Cache::builder().max_capacity(CAPACITY).time_to_live(FRESH).build(),
            last: Cache::builder().max_capacity(CAPACITY).time_to_live(last_known).build(),
        }
    }

    /// None when the session is unknown or revoked. Callers of the same session share one lookup.
    pub(super) async fn of(&self, key: SessionKey) -> Result<Option<Arc<Session>>, AuthError> {
        let looked_up = self.fresh.try_get_with(key, async {
            let session = load(&self.db, key).await?.map(Arc::new);
            self.last.insert(key, session.clone()).await;
            Ok::<_, DbError>(session)
        });
        match looked_up.await {
            Ok(session) => Ok(session),
            Err(error) => {
                tracing::warn!(%error, "session lookup failed, using the last known standing");
                self.last.get(&key).await.ok_or(AuthError::Unavailable)
            }
        }
    }
}
