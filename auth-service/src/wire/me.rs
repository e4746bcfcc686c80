//! The person who asks.

use common::auth::{Locations, Membership, Session, TenantState};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

/// The person behind the credential and the tenants they belong to.
#[derive(Debug, Object)]
pub struct Me {
    pub person: Person,
    pub tenants: Vec<TenantMembership>,
}

/// A person as the identity provider describes them.
#[derive(Debug, Object)]
#[oai(rename = "Person")]
pub struct Person {
    pub person_id: Uuid,
    pub email: Option<String>,
    pub display_name: Option<String>,
}

/// A place in one tenant.
#[derive(Debug, Object)]
pub struct TenantMembership {
    pub tenant_id: Uuid,
    pub slug: String,
    pub name: String,
    pub role: MemberRole,
    /// Whether the member sees all branches.
    pub all_locations: bool,
    /// Codes of the branches the member sees; empty when it is all.
    pub locations: Vec<String>,
    /// False when the member or the tenant is suspended.
    pub active: bool,
    pub tenant_state: State,
}

/// What a member may do: owner > admin > analyst > viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum MemberRole {
    Owner,
    Admin,
    Analyst,
    Viewer,
    ServiceAccount,
}

/// Whether a tenant works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "TenantState")]
pub enum State {
    Active,
    Suspended,
    Deleting,
}

impl From<&Session> for Me {
    fn from(session: &Session) -> Self {
        Self {
            person: Person {
                person_id: session.person_id.uuid(),
                email: session.email.clone(),
                display_name: session.display_name.clone(),
            },
            tenants: session.memberships.iter().map(TenantMembership::from).collect(),
        }
    }
}

impl From<&Membership> for TenantMembership {
    fn from(membership: &Membership) -> Self {
        Self {
            tenant_id: membership.tenant_id.uuid(),
            slug: membership.slug.clone(),
            name: membership.name.clone(),
            role: membership.role.into(),
            all_locations: !membership.locations.restricted(),
            locations: match &membership.locations {
                Locations::All => Vec::new(),
                Locations::Only(codes) => codes.to_vec(),
            },
            active: membership.active(),
            tenant_state: match membership.tenant_state {
                TenantState::Active => State::Active,
                TenantState::Suspended => State::Suspended,
                TenantState::Deleting => State::Deleting,
            },
        }
    }
}

impl From<common::auth::Role> for MemberRole {
    fn from(role: common::auth::Role) -> Self {
        use common::auth::Role;
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::Analyst => Self::Analyst,
            Role::Viewer => Self::Viewer,
            Role::ServiceAccount => Self::ServiceAccount,
        }
    }
}
