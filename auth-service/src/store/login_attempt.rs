//! What a login must remember between the redirect and the provider's answer.

use chrono::{DateTime, Utc};
use common::db::{DbError, IdentityTx, sql};
use common::entity::login_attempt::{ActiveModel, Entity};
use common::kernel::AttemptId;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::outdated;

/// One login under way. The state and the browser's token are known by their digests only.
#[derive(Debug, sqlx::FromRow)]
pub struct LoginAttempt {
    pub state_hash: Vec<u8>,
    pub browser_hash: Vec<u8>,
    pub nonce: String,
    pub pkce_verifier: String,
    pub return_to: String,
    pub expires_at: DateTime<Utc>,
    /// Digest of the invitation the browser came with.
    pub invitation_hash: Option<Vec<u8>>,
}

/// # Errors
/// What the database refused.
pub async fn insert(
    tx: &IdentityTx,
    attempt: LoginAttempt,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = ActiveModel {
        attempt_id: Set(AttemptId::mint().uuid()),
        state_hash: Set(attempt.state_hash),
        browser_hash: Set(attempt.browser_hash),
        nonce: Set(attempt.nonce),
        pkce_verifier: Set(attempt.pkce_verifier),
        return_to: Set(attempt.return_to),
        created_at: Set(now),
        expires_at: Set(attempt.expires_at),
        invitation_hash: Set(attempt.invitation_hash),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes the attempt with this state away, whatever becomes of it: a state answers once.
///
/// # Errors
/// What the database refused.
pub async fn take(tx: &mut IdentityTx, state_hash: &[u8]) -> Result<Option<LoginAttempt>, DbError> {
    Ok(sql::query_as(
        "DELETE FROM login_attempt WHERE state_hash = $1
         RETURNING state_hash, browser_hash, nonce, pkce_verifier, return_to, expires_at,
                   invitation_hash",
    )
    .bind(state_hash)
    .fetch_optional(tx.conn())
    .await?)
}

/// Removes what nobody can answer any more, `most` of it.
///
/// # Errors
/// What the database refused.
pub async fn remove_expired(
    tx: &mut IdentityTx,
    before: DateTime<Utc>,
    most: u32,
) -> Result<u64, DbError> {
    let delete = "DELETE FROM login_attempt WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM login_attempt WHERE expires_at < $1 LIMIT $2))";
    outdated::remove(tx, delete, before, most).await
}
