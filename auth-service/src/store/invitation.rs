//! Invitations into a tenant. Of their token only the digest is stored.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::{InvitationId, PersonId};
use uuid::Uuid;

use crate::domain::membership::Place;

/// An invitation as it may be shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct InvitationRow {
    pub invitation_id: Uuid,
    pub email: Option<String>,
    pub role: String,
    pub locations: Option<Vec<String>>,
    pub invited_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub accepted_by: Option<Uuid>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An invitation about to be stored.
#[derive(Debug)]
pub struct NewInvitationRow<'a> {
    pub invitation_id: InvitationId,
    pub token_hash: &'a [u8],
    pub email: Option<&'a str>,
    pub place: &'a Place,
    pub invited_by: Option<PersonId>,
    pub expires_at: DateTime<Utc>,
}

/// # Errors
/// What the database refused.
pub async fn insert(
    tx: &mut TenantTx,
    new: &NewInvitationRow<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO invitation (tenant_id, invitation_id, token_hash, email, role, locations,
                                 invited_by, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(tenant)
    .bind(new.invitation_id.uuid())
    .bind(new.token_hash)
    .bind(new.email)
    .bind(new.place.role.as_str())
    .bind(&new.place.locations)
    .bind(new.invited_by.map(PersonId::uuid))
    .bind(now)
    .bind(new.expires_at)
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
) -> Result<Vec<InvitationRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT invitation_id, email, role, locations, invited_by, created_at, expires_at,
                accepted_at, accepted_by, revoked_at
         FROM invitation
         WHERE tenant_id = $1
           AND ($2::timestamptz IS NULL OR (created_at, invitation_id) < ($2, $3))
         ORDER BY created_at DESC, invitation_id DESC LIMIT $4",
    )
    .bind(tenant)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// The invitation, which nobody else changes while the transaction lasts.
///
/// # Errors
/// What the database refused.
pub async fn lock(tx: &mut TenantTx, id: InvitationId) -> Result<Option<InvitationRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT invitation_id, email, role, locations, invited_by, created_at, expires_at,
                accepted_at, accepted_by, revoked_at
         FROM invitation WHERE tenant_id = $1 AND invitation_id = $2 FOR UPDATE",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?)
}

/// As [`lock`], by what its bearer presents.
///
/// # Errors
/// What the database refused.
pub async fn lock_presented(
    tx: &mut TenantTx,
    token_hash: &[u8],
) -> Result<Option<InvitationRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT invitation_id, email, role, locations, invited_by, created_at, expires_at,
                accepted_at, accepted_by, revoked_at
         FROM invitation WHERE tenant_id = $1 AND token_hash = $2 FOR UPDATE",
    )
    .bind(tenant)
    .bind(token_hash)
    .fetch_optional(tx.conn())
    .await?)
}

/// # Errors
/// What the database refused.
pub async fn accept(
    tx: &mut TenantTx,
    id: Uuid,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE invitation SET accepted_at = $3, accepted_by = $4
         WHERE tenant_id = $1 AND invitation_id = $2",
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .bind(by.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// # Errors
/// What the database refused.
pub async fn revoke(tx: &mut TenantTx, id: Uuid, now: DateTime<Utc>) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("UPDATE invitation SET revoked_at = $3 WHERE tenant_id = $1 AND invitation_id = $2")
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes invitations that ended before `before`, `most` of them.
///
/// # Errors
/// What the database refused.
pub async fn remove_ended(
    tx: &mut TenantTx,
    before: DateTime<Utc>,
    most: u32,
) -> Result<u64, DbError> {
    let tenant = tx.tenant();
    let done = sql::query(
        "DELETE FROM invitation WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
           SELECT ctid FROM invitation WHERE tenant_id = $1 AND expires_at < $2 LIMIT $3))",
    )
    .bind(tenant)
    .bind(before)
    .bind(i64::from(most))
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
