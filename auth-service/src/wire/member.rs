//! The people of a tenant.

use chrono::{DateTime, Utc};
use common::auth::Role;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use crate::app::{self, MemberChange};
use crate::domain::branches::AskedBranches;

/// What a person may do: owner > admin > analyst > viewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PersonRole {
    Owner,
    Admin,
    Analyst,
    Viewer,
}

impl From<PersonRole> for Role {
    fn from(role: PersonRole) -> Self {
        match role {
            PersonRole::Owner => Self::Owner,
            PersonRole::Admin => Self::Admin,
            PersonRole::Analyst => Self::Analyst,
            PersonRole::Viewer => Self::Viewer,
        }
    }
}

/// A person who belongs to the tenant.
#[derive(Debug, Object)]
#[oai(rename = "Member")]
pub struct MemberBody {
    pub person_id: Uuid,
    pub email: Option<String>,
    pub display_name: Option<String>,
    pub role: super::me::MemberRole,
    pub suspended: bool,
    /// Whether this member sees all branches.
    pub all_locations: bool,
    /// Codes of the branches this member sees; empty when it is all.
    pub locations: Vec<String>,
    pub created_at: DateTime<Utc>,
    pub last_login_at: Option<DateTime<Utc>>,
}

impl From<app::Member> for MemberBody {
    fn from(member: app::Member) -> Self {
        Self {
            person_id: member.person_id.uuid(),
            email: member.email,
            display_name: member.display_name,
            role: member.place.role.into(),
            suspended: member.place.suspended,
            all_locations: member.place.locations.is_none(),
            locations: member.place.locations.unwrap_or_default(),
            created_at: member.created_at,
            last_login_at: member.last_login_at,
        }
    }
}

/// One page, oldest first.
#[derive(Debug, Object)]
pub struct MemberPage {
    pub members: Vec<MemberBody>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

/// What becomes different; an absent field stays.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields, rename = "MemberChange")]
pub struct MemberPatch {
    pub role: Option<PersonRole>,
    pub suspended: Option<bool>,
    /// True lets the member see all branches.
    pub all_locations: Option<bool>,
    /// Codes of the branches the member will see, at least one unless it is all. For analysts and viewers only.
    pub locations: Option<Vec<String>>,
}

impl From<MemberPatch> for MemberChange {
    fn from(patch: MemberPatch) -> Self {
        Self {
            role: patch.role.map(Role::from),
            suspended: patch.suspended,
            locations: AskedBranches { all: patch.all_locations, codes: patch.locations },
        }
    }
}
