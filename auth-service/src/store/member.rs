//! The people of a tenant.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::PersonId;
use uuid::Uuid;

use crate::domain::membership::Place;

/// A member as they may be shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MemberRow {
    pub person_id: Uuid,
    pub email: Option<String>,
    pub display_name: Option<String>,
    pub role: String,
    pub state: String,
    pub locations: Option<Vec<String>>,
    pub created_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
}

impl MemberRow {
    /// None for a role this binary does not know.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Some(Place {
            role: self.role.parse().ok()?,
            suspended: self.state != "active",
            locations: self.locations.clone(),
        })
    }
}

/// Oldest first, after `after`.
///
/// # Errors
/// What the database refused.
pub async fn list(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<MemberRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT m.person_id, p.email, p.display_name, m.role, m.state, m.locations, m.created_at,
                p.last_login_at
         FROM membership m JOIN person p USING (person_id)
         WHERE m.tenant_id = $1
           AND ($2::timestamptz IS NULL OR (m.created_at, m.person_id) > ($2, $3))
         ORDER BY m.created_at, m.person_id LIMIT $4",
    )
    .bind(tenant)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// # Errors
/// What the database refused.
pub async fn find(tx: &mut TenantTx, person: PersonId) -> Result<Option<MemberRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT m.person_id, p.email, p.display_name, m.role, m.state, m.locations, m.created_at,
                p.last_login_at
         FROM membership m JOIN person p USING (person_id)
         WHERE m.tenant_id = $1 AND m.person_id = $2",
    )
    .bind(tenant)
    .bind(person.uuid())
    .fetch_optional(tx.conn())
    .await?)
}

/// Waits for other changes of the tenant's members: two owners must not remove each other at once.
///
/// # Errors
/// What the database refused.
pub async fn take_turn(tx: &mut TenantTx) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("SELECT FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE")
        .bind(tenant)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The owners who may act, besides this person.
///
/// # Errors
/// What the database refused.
pub async fn other_owners(tx: &mut TenantTx, person: PersonId) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT count(*) FROM membership
         WHERE tenant_id = $1 AND person_id <> $2 AND role = 'owner' AND state = 'active'",
    )
    .bind(tenant)
    .bind(person.uuid())
    .fetch_one(tx.conn())
    .await?)
}

/// # Errors
/// What the database refused.
pub async fn update(tx: &mut TenantTx, person: PersonId, place: &Place) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE membership SET role = $3, state = $4, locations = $5
         WHERE tenant_id = $1 AND person_id = $2",
    )
    .bind(tenant)
    .bind(person.uuid())
    .bind(place.role.as_str())
    .bind(if place.suspended { "suspended" } else { "active" })
    .bind(&place.locations)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes a person a member; one who is keeps their place. True when they were none.
///
/// # Errors
/// What the database refused.
pub async fn add(
    tx: &mut TenantTx,
    person: PersonId,
    place: &Place,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let done = sql::query(
        "INSERT INTO membership (tenant_id, person_id, role, locations, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, person_id) DO NOTHING",
    )
    .bind(tenant)
    .bind(person.uuid())
    .bind(place.role.as_str())
    .bind(&place.locations)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// # Errors
/// What the database refused.
pub async fn remove(tx: &mut TenantTx, person: PersonId) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM membership WHERE tenant_id = $1 AND person_id = $2")
        .bind(tenant)
        .bind(person.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}
