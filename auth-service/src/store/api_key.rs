//! A tenant's API keys. Of their text only the visible part and a digest are stored.

use chrono::{DateTime, Utc};
use common::auth::Scope;
use common::db::{DbError, TenantTx, sql};
use common::kernel::{ApiKeyId, PersonId};
use uuid::Uuid;

/// A key as it may be shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KeyRow {
    pub api_key_id: Uuid,
    pub name: String,
    pub prefix: String,
    pub scopes: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<Uuid>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub successor_id: Option<Uuid>,
}

/// A key about to be stored.
#[derive(Debug)]
pub struct NewKeyRow<'a> {
    pub api_key_id: ApiKeyId,
    pub name: &'a str,
    pub prefix: &'a str,
    pub secret_hash: &'a [u8],
    pub scopes: &'a [Scope],
    pub created_by: Option<PersonId>,
    pub expires_at: DateTime<Utc>,
}

/// # Errors
/// What the database refused.
pub async fn insert(
    tx: &mut TenantTx,
    key: &NewKeyRow<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
    sql::query(
        "INSERT INTO api_key (tenant_id, api_key_id, name, prefix, secret_hash, role, scopes,
                              created_at, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, 'service_account', $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(key.api_key_id.uuid())
    .bind(key.name)
    .bind(key.prefix)
    .bind(key.secret_hash)
    .bind(scopes)
    .bind(now)
    .bind(key.created_by.map(PersonId::uuid))
    .bind(key.expires_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Newest first, after `after`.
///
/// # Errors
/// What the database refused.
pub async fn list(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<KeyRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT api_key_id, name, prefix, scopes, created_at, created_by, expires_at,
                last_used_at, revoked_at, successor_id
         FROM api_key
         WHERE tenant_id = $1
           AND ($2::timestamptz IS NULL OR (created_at, api_key_id) < ($2, $3))
         ORDER BY created_at DESC, api_key_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// The key, which nobody else changes while the transaction lasts.
///
/// # Errors
/// What the database refused.
pub async fn lock(tx: &mut TenantTx, id: ApiKeyId) -> Result<Option<KeyRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT api_key_id, name, prefix, scopes, created_at, created_by, expires_at,
                last_used_at, revoked_at, successor_id
         FROM api_key WHERE tenant_id = $1 AND api_key_id = $2 FOR UPDATE",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?)
}

/// # Errors
/// What the database refused.
pub async fn revoke(tx: &mut TenantTx, id: ApiKeyId, now: DateTime<Utc>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE api_key SET revoked_at = coalesce(revoked_at, $3)
         WHERE tenant_id = $1 AND api_key_id = $2",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Names the successor and lets the key end at `until`, unless it ends before.
///
/// # Errors
/// What the database refused.
pub async fn succeed(
    tx: &mut TenantTx,
    id: ApiKeyId,
    successor: ApiKeyId,
    until: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE api_key SET successor_id = $3, expires_at = least(expires_at, $4)
         WHERE tenant_id = $1 AND api_key_id = $2",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(successor.uuid())
    .bind(until)
    .execute(tx.conn())
    .await?;
    Ok(())
}
