//! What the database says about credentials, through a short cache: a change of role, a
//! suspension or a logout acts within two seconds, and a database that is away stops nobody whose
//! standing was known.

use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use super::{AuthError, TOKEN_LIFETIME};
use crate::db::DbError;

/// Below the two seconds that are promised, by the time a slow lookup may take.
const FRESH: Duration = Duration::from_millis(1_500);

/// Credentials that are in use at the same time, in one process.
const CAPACITY: u64 = 50_000;

/// What is known about credentials of one kind.
pub(super) struct Standings<K, V> {
    fresh: Cache<K, Option<Arc<V>>>,
    /// Consulted only while the database is away.
    last: Cache<K, Option<Arc<V>>>,
}

impl<K, V> fmt::Debug for Standings<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Standings").field("known", &self.last.entry_count()).finish()
    }
}

impl<K, V> Standings<K, V>
where
    K: Hash + Eq + Copy + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    pub(super) fn new() -> Self {
        let last_known = TOKEN_LIFETIME.to_std().unwrap_or(Duration::from_secs(600));
        Self {
            fresh: Cache::builder().max_capacity(CAPACITY).time_to_live(FRESH).build(),
            last: Cache::builder().max_capacity(CAPACITY).time_to_live(last_known).build(),
        }
    }

    /// None when the credential is unknown or revoked. Callers with the same one share a lookup.
    pub(super) async fn of<F>(&self, key: K, load: F) -> Result<Option<Arc<V>>, AuthError>
    where
        F: Future<Output = Result<Option<V>, DbError>>,
    {
        let looked_up = self.fresh.try_get_with(key, async {
            let found = load.await?.map(Arc::new);
            self.last.insert(key, found.clone()).await;
            Ok::<_, DbError>(found)
        });
        match looked_up.await {
            Ok(found) => Ok(found),
            Err(error) => {
                tracing::warn!(%error, "credential lookup failed, using the last known standing");
                self.last.get(&key).await.ok_or(AuthError::Unavailable)
            }
        }
    }
}
