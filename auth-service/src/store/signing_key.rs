//! The keys that access tokens are signed with.

use chrono::{DateTime, Utc};
use common::db::{DbError, IdentityTx, sql};
use common::entity::signing_key::{ActiveModel, Column, Entity, Model};
use common::kernel::KeyId;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

/// Makers of keys take turns, so that two processes do not both replace an old one.
const TURN: i64 = 0x666f_6f74_6b65_7973;

/// A key about to be published.
#[derive(Debug)]
pub struct NewKey {
    pub key_id: KeyId,
    pub public_jwk: Value,
    pub sealed_private: Value,
    pub active_from: DateTime<Utc>,
}

/// Waits for other makers of keys; the turn ends with the transaction.
///
/// # Errors
/// What the database refused.
pub async fn take_turn(tx: &mut IdentityTx) -> Result<(), DbError> {
    sql::query("SELECT pg_advisory_xact_lock($1)").bind(TURN).execute(tx.conn()).await?;
    Ok(())
}

/// Keys that still verify, newest first.
///
/// # Errors
/// What the database refused.
pub async fn living(tx: &IdentityTx, now: DateTime<Utc>) -> Result<Vec<Model>, DbError> {
    let living = Condition::any().add(Column::RetiredAt.is_null()).add(Column::RetiredAt.gt(now));
    Ok(Entity::find().filter(living).order_by_desc(Column::ActiveFrom).all(tx).await?)
}

/// A private half, sealed.
#[derive(Debug, sqlx::FromRow)]
pub struct SealedKey {
    pub key_id: Uuid,
    pub sealed_private: Value,
}

/// Every key, the retired ones too; nobody else changes them while the transaction lasts.
///
/// # Errors
/// What the database refused.
pub async fn all(tx: &mut IdentityTx) -> Result<Vec<SealedKey>, DbError> {
    Ok(sql::query_as("SELECT key_id, sealed_private FROM signing_key ORDER BY key_id FOR UPDATE")
        .fetch_all(tx.conn())
        .await?)
}

/// # Errors
/// What the database refused.
pub async fn save_sealed(tx: &mut IdentityTx, key: Uuid, sealed: &Value) -> Result<(), DbError> {
    sql::query("UPDATE signing_key SET sealed_private = $2 WHERE key_id = $1")
        .bind(key)
        .bind(sealed)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// # Errors
/// What the database refused.
pub async fn insert(tx: &IdentityTx, key: NewKey, now: DateTime<Utc>) -> Result<(), DbError> {
    let row = ActiveModel {
        key_id: Set(key.key_id.uuid()),
        public_jwk: Set(key.public_jwk),
        sealed_private: Set(key.sealed_private),
        created_at: Set(now),
        active_from: Set(key.active_from),
        retired_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Ends the keys before the newest at `at`, when no token of theirs is valid any more.
///
/// # Errors
/// What the database refused.
pub async fn retire_all_but(
    tx: &mut IdentityTx,
    newest: KeyId,
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query("UPDATE signing_key SET retired_at = $2 WHERE key_id <> $1 AND retired_at IS NULL")
        .bind(newest.uuid())
        .bind(at)
        .execute(tx.conn())
        .await?;
    Ok(())
}
