//! API keys: made, listed, replaced, revoked.

use chrono::{DateTime, TimeDelta, Utc};
use common::auth::{NewApiKey, Scope};
use common::db::TenantTx;
use common::kernel::{ApiKeyId, Secret, TenantScope};
use serde_json::json;
use uuid::Uuid;

use super::{App, Asker};
use crate::error::Error;
use crate::store::api_key::{self, KeyRow, NewKeyRow};

/// A key as it may be shown.
#[derive(Debug)]
pub struct ShownKey {
    pub row: KeyRow,
    /// Whether it lets anyone in.
    pub state: KeyState,
}

/// What became of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    Active,
    Expired,
    Revoked,
}

/// The only time a key's text is known.
#[derive(Debug)]
pub struct MadeKey {
    pub api_key_id: ApiKeyId,
    pub text: Secret,
    pub prefix: String,
    pub expires_at: DateTime<Utc>,
}

/// What is asked for.
#[derive(Debug)]
pub struct WantedKey {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub lifetime: TimeDelta,
}

/// # Errors
/// What the database refused.
pub async fn create_api_key(
    app: &App,
    asker: Asker<'_>,
    wanted: &WantedKey,
) -> Result<MadeKey, Error> {
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    let made = make(app, &mut tx, asker, wanted).await?;
    let detail = json!({ "name": wanted.name, "scopes": scopes(wanted), "prefix": made.prefix });
    asker.record(&mut tx, "api_key.created", &object(made.api_key_id), detail).await?;
    tx.commit().await?;
    Ok(made)
}

/// A new key with the same name, scopes and lifetime. The old one works on for `overlap`.
///
/// # Errors
/// [`Error::KeyEnded`] when the old key lets nobody in any more, or was replaced before.
pub async fn rotate_api_key(
    app: &App,
    asker: Asker<'_>,
    old: ApiKeyId,
    overlap: TimeDelta,
) -> Result<MadeKey, Error> {
    let now = app.clock.now();
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    let row = api_key::lock(&mut tx, old).await?.ok_or(Error::NotFound)?;
    if state(&row, now) != KeyState::Active || row.successor_id.is_some() {
        return Err(Error::KeyEnded);
    }
    let lifetime = row.expires_at.map_or(TimeDelta::days(365), |end| end - row.created_at);
    let wanted = WantedKey {
        scopes: row.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
        name: row.name,
        lifetime,
    };
    let made = make(app, &mut tx, asker, &wanted).await?;
    api_key::succeed(&mut tx, old, made.api_key_id, now + overlap).await?;
    let detail = json!({ "successor": made.api_key_id, "overlap_seconds": overlap.num_seconds() });
    asker.record(&mut tx, "api_key.rotated", &object(old), detail).await?;
    tx.commit().await?;
    Ok(made)
}

/// Idempotent: a revoked key stays revoked.
///
/// # Errors
/// [`Error::NotFound`] when the tenant has no such key.
pub async fn revoke_api_key(app: &App, asker: Asker<'_>, id: ApiKeyId) -> Result<(), Error> {
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    let row = api_key::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if row.revoked_at.is_none() {
        api_key::revoke(&mut tx, id, app.clock.now()).await?;
        asker.record(&mut tx, "api_key.revoked", &object(id), json!({})).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Newest first.
///
/// # Errors
/// When the database is away.
pub async fn list_api_keys(
    app: &App,
    scope: &TenantScope,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<ShownKey>, Error> {
    let now = app.clock.now();
    let mut tx = app.db.tenant(scope).await?;
    let rows = api_key::list(&mut tx, after, limit).await?;
    Ok(rows.into_iter().map(|row| ShownKey { state: state(&row, now), row }).collect())
}

async fn make(
    app: &App,
    tx: &mut TenantTx,
    asker: Asker<'_>,
    wanted: &WantedKey,
) -> Result<MadeKey, Error> {
    let NewApiKey { text, prefix, hash } = NewApiKey::mint().map_err(|_| Error::Randomness)?;
    let now = app.clock.now();
    let (api_key_id, expires_at) = (ApiKeyId::mint(), now + wanted.lifetime);
    let row = NewKeyRow {
        api_key_id,
        name: &wanted.name,
        prefix: &prefix,
        secret_hash: &hash,
        scopes: &wanted.scopes,
        created_by: asker.caller.person_id(),
        expires_at,
    };
    api_key::insert(tx, &row, now).await?;
    Ok(MadeKey { api_key_id, text, prefix, expires_at })
}

fn state(row: &KeyRow, now: DateTime<Utc>) -> KeyState {
    if row.revoked_at.is_some() {
        KeyState::Revoked
    } else if row.expires_at.is_some_and(|end| now >= end) {
        KeyState::Expired
    } else {
        KeyState::Active
    }
}

fn object(id: ApiKeyId) -> String {
    format!("api_key:{id}")
}

fn scopes(wanted: &WantedKey) -> Vec<&'static str> {
    wanted.scopes.iter().map(|scope| scope.as_str()).collect()
}
