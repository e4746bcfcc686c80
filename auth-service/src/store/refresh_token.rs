//! Refresh tokens. Those of one family follow one another; the family lives as long as its session.

use chrono::{DateTime, Utc};
use common::db::{Db, DbError, IdentityTx, sql};
use common::kernel::SessionId;
use uuid::Uuid;

use super::outdated;
use crate::domain::refresh::Presented;

/// Where a presented token belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Found {
    pub refresh_token_id: Uuid,
    pub family_id: Uuid,
    session_id: Uuid,
    pub used_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    revoked: bool,
}

impl Found {
    #[must_use]
    pub const fn session_id(&self) -> SessionId {
        SessionId::from_uuid(self.session_id)
    }

    #[must_use]
    pub const fn presented(&self) -> Presented {
        Presented { used_at: self.used_at, expires_at: self.expires_at, revoked: self.revoked }
    }
}

const SELECT: &str = "
    SELECT r.refresh_token_id, r.family_id, r.session_id, r.used_at, r.expires_at, r.created_at,
           r.revoked_at IS NOT NULL OR s.revoked_at IS NOT NULL AS revoked
    FROM refresh_token r JOIN session s USING (session_id)
    WHERE r.token_hash = $1";

const SELECT_LOCKED: &str = "
    SELECT r.refresh_token_id, r.family_id, r.session_id, r.used_at, r.expires_at, r.created_at,
           r.revoked_at IS NOT NULL OR s.revoked_at IS NOT NULL AS revoked
    FROM refresh_token r JOIN session s USING (session_id)
    WHERE r.token_hash = $1
    FOR UPDATE OF r";

/// # Errors
/// What the database refused.
pub async fn find(db: &Db, token_hash: &[u8]) -> Result<Option<Found>, DbError> {
    let mut tx = db.lookup().await?;
    Ok(sql::query_as(SELECT).bind(token_hash).fetch_optional(tx.conn()).await?)
}

/// As [`find`]; whoever presents the same token meanwhile waits.
///
/// # Errors
/// What the database refused.
pub async fn lock(tx: &mut IdentityTx, token_hash: &[u8]) -> Result<Option<Found>, DbError> {
    Ok(sql::query_as(SELECT_LOCKED).bind(token_hash).fetch_optional(tx.conn()).await?)
}

/// A token about to be handed out.
#[derive(Debug)]
pub struct NewRefreshToken {
    pub family_id: Uuid,
    pub session_id: SessionId,
    pub token_hash: Vec<u8>,
    pub expires_at: DateTime<Utc>,
}

/// # Errors
/// What the database refused.
pub async fn insert(
    tx: &mut IdentityTx,
    token: &NewRefreshToken,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query(
        "INSERT INTO refresh_token
           (refresh_token_id, family_id, session_id, token_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(Uuid::now_v7())
    .bind(token.family_id)
    .bind(token.session_id.uuid())
    .bind(&token.token_hash)
    .bind(now)
    .bind(token.expires_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The first use begins the time in which others may still come.
///
/// # Errors
/// What the database refused.
pub async fn mark_used(
    tx: &mut IdentityTx,
    refresh_token_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query(
        "UPDATE refresh_token SET used_at = $2 WHERE refresh_token_id = $1 AND used_at IS NULL",
    )
    .bind(refresh_token_id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends every token of the family.
///
/// # Errors
/// What the database refused.
pub async fn revoke_family(
    tx: &mut IdentityTx,
    family_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query(
        "UPDATE refresh_token SET revoked_at = $2 WHERE family_id = $1 AND revoked_at IS NULL",
    )
    .bind(family_id)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes tokens that ended before `before`, `most` of them: until then a used one tells theft from a mistake.
///
/// # Errors
/// What the database refused.
pub async fn remove_expired(
    tx: &mut IdentityTx,
    before: DateTime<Utc>,
    most: u32,
) -> Result<u64, DbError> {
    let delete = "DELETE FROM refresh_token WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM refresh_token WHERE expires_at < $1 LIMIT $2))";
    outdated::remove(tx, delete, before, most).await
}
