//! The public keys that access tokens are verified with, published in the database.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use uuid::Uuid;

use super::{AuthError, TOKEN_LIFETIME};
use crate::db::{Db, DbError, sql};
use crate::kernel::{KeyId, SharedClock};

/// A set older than this is read again, so that a withdrawn key does not live on here.
const STALE_AFTER: TimeDelta = TimeDelta::seconds(60);

/// However many unknown key ids arrive, the set is read again at most this often.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// While there is no key at all, the first one is about to be published.
const PAUSE_WHEN_EMPTY: TimeDelta = TimeDelta::seconds(1);

/// A database that is slow must not hold up tokens whose key is known.
const FETCH_LIMIT: Duration = Duration::from_secs(3);

/// The key set of one process.
#[derive(Debug)]
pub struct KeyCache {
    db: Db,
    clock: SharedClock,
    state: RwLock<State>,
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default, Clone)]
struct State {
    keys: Arc<HashMap<KeyId, Key>>,
    fetched_at: Option<DateTime<Utc>>,
    attempted_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
struct Key {
    decoding: Arc<DecodingKey>,
    retired_at: Option<DateTime<Utc>>,
}

impl KeyCache {
    #[must_use]
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self { db, clock, state: RwLock::default(), fetching: tokio::sync::Mutex::new(()) }
    }

    /// The key with this id.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] when there is none, [`AuthError::Unavailable`] when that
    /// cannot be told.
    pub async fn get(&self, id: KeyId) -> Result<Arc<DecodingKey>, AuthError> {
        let now = self.clock.now();
        let state = self.state();
        let known = state.keys.contains_key(&id);
        let stale = state.fetched_at.is_none_or(|at| now - at > STALE_AFTER);
        if (!known || stale) && due(&state, now) {
            self.refresh(known, now).await;
        }
        let state = self.state();
        match state.keys.get(&id) {
            Some(key) if key.retired_at.is_none_or(|at| now < at) => Ok(key.decoding.clone()),
            Some(_) => Err(AuthError::InvalidToken),
            None if state.fetched_at.is_some() && state.fetched_at == state.attempted_at => {
                Err(AuthError::InvalidToken)
            }
            None => Err(AuthError::Unavailable),
        }
    }

    /// For readiness: reads the set when it is stale, and fails when it is older than a token
    /// lives.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] when no token could be verified with it.
    pub async fn ready(&self) -> Result<(), AuthError> {
        let now = self.clock.now();
        let state = self.state();
        let stale = state.fetched_at.is_none_or(|at| now - at > STALE_AFTER);
        if stale && due(&state, now) {
            self.refresh(true, now).await;
        }
        match self.state().fetched_at {
            Some(at) if now - at <= TOKEN_LIFETIME => Ok(()),
            _ => Err(AuthError::Unavailable),
        }
    }

    /// Reads the set once. Whoever knows their key does not wait for another's reading.
    async fn refresh(&self, known: bool, now: DateTime<Utc>) {
        let _turn = if known {
            let Ok(turn) = self.fetching.try_lock() else { return };
            turn
        } else {
            self.fetching.lock().await
        };
        if !due(&self.state(), now) {
            return;
        }
        self.change(|state| state.attempted_at = Some(now));
        match tokio::time::timeout(FETCH_LIMIT, fetch(&self.db)).await {
            Ok(Ok(keys)) => self.change(|state| {
                state.keys = Arc::new(keys);
                state.fetched_at = Some(now);
            }),
            Ok(Err(error)) => tracing::warn!(%error, "signing keys not read, keeping the known"),
            Err(_) => tracing::warn!("signing keys not read in time, keeping the known"),
        }
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

fn due(state: &State, now: DateTime<Utc>) -> bool {
    let pause = if state.keys.is_empty() { PAUSE_WHEN_EMPTY } else { PAUSE };
    state.attempted_at.is_none_or(|at| now - at > pause)
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: Uuid,
    public_jwk: sqlx::types::Json<Jwk>,
    retired_at: Option<DateTime<Utc>>,
}

async fn fetch(db: &Db) -> Result<HashMap<KeyId, Key>, DbError> {
    let mut tx = db.lookup().await?;
    let rows: Vec<Row> = sql::query_as("SELECT key_id, public_jwk, retired_at FROM signing_key")
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().filter_map(key).collect())
}

fn key(row: Row) -> Option<(KeyId, Key)> {
    let decoding = DecodingKey::from_jwk(&row.public_jwk)
        .inspect_err(|error| tracing::error!(key.id = %row.key_id, %error, "unusable key"))
        .ok()?;
    let key = Key { decoding: Arc::new(decoding), retired_at: row.retired_at };
    Some((KeyId::from_uuid(row.key_id), key))
}
