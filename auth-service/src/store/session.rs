//! Sessions of browsers and other clients.

use chrono::{DateTime, Utc};
use common::db::{DbError, IdentityTx, sql};
use common::entity::session::{ActiveModel, Entity};
use common::kernel::{PersonId, SessionId};
use sea_orm::{ActiveValue::Set, EntityTrait};
use uuid::Uuid;

use super::outdated;

/// What a session lives by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A cookie.
    Browser,
    /// Refresh tokens.
    Client,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Client => "client",
        }
    }
}

/// A session about to begin.
#[derive(Debug)]
pub struct NewSession {
    pub session_id: SessionId,
    pub person_id: PersonId,
    pub token_hash: Vec<u8>,
    pub idle_expires_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub kind: Kind,
    /// What a person calls the client.
    pub label: Option<String>,
}

/// # Errors
/// What the database refused.
pub async fn insert(
    tx: &IdentityTx,
    session: NewSession,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let row = ActiveModel {
        session_id: Set(session.session_id.uuid()),
        person_id: Set(session.person_id.uuid()),
        token_hash: Set(session.token_hash),
        created_at: Set(now),
        seen_at: Set(now),
        idle_expires_at: Set(session.idle_expires_at),
        expires_at: Set(session.expires_at),
        revoked_at: Set(None),
        kind: Set(session.kind.as_str().to_owned()),
        label: Set(session.label),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// What the database refused.
pub async fn revoke(
    tx: &mut IdentityTx,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query("UPDATE session SET revoked_at = $2 WHERE session_id = $1 AND revoked_at IS NULL")
        .bind(session.uuid())
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends a session of this person. False when they have no such living session.
///
/// # Errors
/// What the database refused.
pub async fn revoke_of(
    tx: &mut IdentityTx,
    person: PersonId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let done = sql::query(
        "UPDATE session SET revoked_at = $3
         WHERE session_id = $1 AND person_id = $2 AND revoked_at IS NULL
           AND expires_at > $3 AND idle_expires_at > $3",
    )
    .bind(session.uuid())
    .bind(person.uuid())
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// A session that still lets someone in.
#[derive(Debug, sqlx::FromRow)]
pub struct Living {
    pub session_id: Uuid,
    pub kind: String,
    pub label: Option<String>,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// The sessions of a person, newest first.
///
/// # Errors
/// What the database refused.
pub async fn living(
    tx: &mut IdentityTx,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Vec<Living>, DbError> {
    Ok(sql::query_as(
        "SELECT session_id, kind, label, created_at, seen_at,
                least(expires_at, idle_expires_at) AS expires_at
         FROM session
         WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND idle_expires_at > $2
         ORDER BY created_at DESC LIMIT 200",
    )
    .bind(person.uuid())
    .bind(now)
    .fetch_all(tx.conn())
    .await?)
}

/// Ends the session with this cookie, if there is one.
///
/// # Errors
/// What the database refused.
pub async fn revoke_by_token(
    tx: &mut IdentityTx,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query("UPDATE session SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL")
        .bind(token_hash)
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Moves the idle end of a session that is being used. Written at most once a minute.
///
/// # Errors
/// What the database refused.
pub async fn touch(
    tx: &mut IdentityTx,
    session: SessionId,
    idle_expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sql::query(
        "UPDATE session SET seen_at = $3, idle_expires_at = least($2, expires_at)
         WHERE session_id = $1 AND revoked_at IS NULL AND seen_at < $3 - interval '1 minute'",
    )
    .bind(session.uuid())
    .bind(idle_expires_at)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes sessions that ended before `before`, `most` of them.
///
/// # Errors
/// What the database refused.
pub async fn remove_ended(
    tx: &mut IdentityTx,
    before: DateTime<Utc>,
    most: u32,
) -> Result<u64, DbError> {
    let delete = "DELETE FROM session WHERE ctid = ANY (ARRAY(
           SELECT ctid FROM session
           WHERE expires_at < $1 OR idle_expires_at < $1 OR revoked_at < $1 LIMIT $2))";
    outdated::remove(tx, delete, before, most).await
}
