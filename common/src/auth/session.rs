//! What the database says about a session, read before the tenant is known.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Locations, Role};
use crate::db::{Db, DbError, sql};
use crate::kernel::{PersonId, SessionId, TenantId};

/// A session that is not revoked, its person and their memberships.
#[derive(Debug, Clone)]
pub struct Session {
    pub session_id: SessionId,
    pub person_id: PersonId,
    pub email: Option<String>,
    pub display_name: Option<String>,
    /// Ends the cookie when nobody used it for a while.
    pub idle_expires_at: DateTime<Utc>,
    /// Ends everything.
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub memberships: Vec<Membership>,
}

impl Session {
    /// As the database knows it now, past the cache; none when it is unknown or revoked.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn load(db: &Db, session: SessionId) -> Result<Option<Self>, DbError> {
        load(db, SessionKey::Id(session)).await
    }
}

/// A person's place in one tenant.
#[derive(Debug, Clone)]
pub struct Membership {
    pub tenant_id: TenantId,
    pub slug: String,
    pub name: String,
    pub role: Role,
    pub locations: Locations,
    pub suspended: bool,
    pub tenant_state: TenantState,
}

/// Whether a tenant works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantState {
    Active,
    Suspended,
    /// Until its grace period is over, and afterwards.
    Deleting,
}

impl TenantState {
    /// A state this binary does not know gives no access.
    pub(super) fn stored(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "deleting" | "deleted" => Self::Deleting,
            _ => Self::Suspended,
        }
    }
}

impl Membership {
    /// True when neither the member nor the tenant is suspended.
    #[must_use]
    pub fn active(&self) -> bool {
        !self.suspended && self.tenant_state == TenantState::Active
    }
}

/// What a session is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum SessionKey {
    Id(SessionId),
    TokenHash([u8; 32]),
}

#[derive(sqlx::FromRow)]
struct Row {
    session_id: Uuid,
    person_id: Uuid,
    email: Option<String>,
    display_name: Option<String>,
    idle_expires_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    tenant_id: Option<Uuid>,
    slug: Option<String>,
    name: Option<String>,
    role: Option<String>,
    locations: Option<Vec<String>>,
    member_state: Option<String>,
    tenant_state: Option<String>,
}

/// One row per membership, and one without a tenant for a person who belongs to none.
const SELECT: &str = "
    SELECT s.session_id, s.person_id, p.email, p.display_name, s.idle_expires_at, s.expires_at, s.created_at,
           m.tenant_id, t.slug, t.name, m.role, m.locations,
           m.state AS member_state, t.state AS tenant_state
    FROM session s
    JOIN person p USING (person_id)
    LEFT JOIN membership m USING (person_id)
    LEFT JOIN tenant t ON t.tenant_id = m.tenant_id
    WHERE s.revoked_at IS NULL AND (s.session_id = $1 OR s.token_hash = $2)
    ORDER BY t.name, m.tenant_id";

/// The session, unless it is revoked or unknown.
pub(super) async fn load(db: &Db, key: SessionKey) -> Result<Option<Session>, DbError> {
    let (id, hash) = match key {
        SessionKey::Id(id) => (Some(id.uuid()), None),
        SessionKey::TokenHash(hash) => (None, Some(hash.to_vec())),
    };
    let mut tx = db.lookup().await?;
    let rows: Vec<Row> = sql::query_as(SELECT).bind(id).bind(hash).fetch_all(tx.conn()).await?;
    Ok(assemble(rows))
}

fn assemble(rows: Vec<Row>) -> Option<Session> {
    let first = rows.first()?;
    let mut session = Session {
        session_id: SessionId::from_uuid(first.session_id),
        person_id: PersonId::from_uuid(first.person_id),
        email: first.email.clone(),
        display_name: first.display_name.clone(),
        idle_expires_at: first.idle_expires_at,
        expires_at: first.expires_at,
        created_at: first.created_at,
        memberships: Vec::new(),
    };
    session.memberships = rows.into_iter().filter_map(membership).collect();
    Some(session)
}

/// A role this binary does not know gives no access.
fn membership(row: Row) -> Option<Membership> {
    Some(Membership {
        tenant_id: TenantId::from_uuid(row.tenant_id?),
        slug: row.slug?,
        name: row.name?,
        role: row.role?.parse().ok()?,
        locations: Locations::stored(row.locations),
        suspended: row.member_state? != "active",
        tenant_state: TenantState::stored(&row.tenant_state?),
    })
}
