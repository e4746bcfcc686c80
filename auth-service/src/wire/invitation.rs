//! Invitations.

use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use super::me::MemberRole;
use super::member::PersonRole;
use crate::app::{self, InvitationState, MadeInvitation, ShownInvitation, WantedInvitation};
use crate::domain::branches::AskedBranches;

/// Whom to invite, and to what.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct InvitationRequest {
    /// For people to see who is meant; whoever has the link may accept.
    #[oai(validator(max_length = 320, min_length = 1))]
    pub email: Option<String>,
    pub role: PersonRole,
    /// Whether they will see all branches; true when no `locations` are sent.
    pub all_locations: Option<bool>,
    /// Codes of the branches they will see, at least one unless it is all. For analysts and viewers only.
    pub locations: Option<Vec<String>>,
    /// How long the invitation is good; seven days when left out.
    #[oai(validator(minimum(value = "1"), maximum(value = "720")))]
    pub expires_in_hours: Option<u16>,
}

impl From<InvitationRequest> for WantedInvitation {
    fn from(request: InvitationRequest) -> Self {
        Self {
            email: request.email,
            role: request.role.into(),
            locations: AskedBranches { all: request.all_locations, codes: request.locations },
            lifetime: TimeDelta::hours(request.expires_in_hours.unwrap_or(7 * 24).into()),
        }
    }
}

/// A new invitation. Its token is shown this once.
#[derive(Debug, Object)]
pub struct NewInvitation {
    pub invitation_id: Uuid,
    /// For `POST /auth/v1/invitations/accept`.
    pub token: String,
    /// Logs the invited person in and makes them a member.
    pub accept_url: String,
    pub expires_at: DateTime<Utc>,
}

impl NewInvitation {
    /// `public_url` is the origin that browsers use.
    #[must_use]
    pub fn new(made: &MadeInvitation, public_url: &str) -> Self {
        let token = made.token.expose();
        Self {
            invitation_id: made.invitation_id.uuid(),
            token: token.to_owned(),
            accept_url: format!("{public_url}/auth/v1/login?invitation={token}"),
            expires_at: made.expires_at,
        }
    }
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Revoked,
    Expired,
}

impl From<InvitationState> for InvitationStatus {
    fn from(state: InvitationState) -> Self {
        match state {
            InvitationState::Pending => Self::Pending,
            InvitationState::Accepted => Self::Accepted,
            InvitationState::Revoked => Self::Revoked,
            InvitationState::Expired => Self::Expired,
        }
    }
}

/// An invitation, without its token.
#[derive(Debug, Object)]
pub struct Invitation {
    pub invitation_id: Uuid,
    pub email: Option<String>,
    pub role: Option<MemberRole>,
    /// Whether the invited person will see all branches.
    pub all_locations: bool,
    /// Codes of the branches they will see; empty when it is all.
    pub locations: Vec<String>,
    pub status: InvitationStatus,
    pub invited_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub accepted_by: Option<Uuid>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<ShownInvitation> for Invitation {
    fn from(shown: ShownInvitation) -> Self {
        let app::ShownInvitation { row, state } = shown;
        Self {
            invitation_id: row.invitation_id,
            email: row.email,
            role: row.role.parse().ok().map(|role: common::auth::Role| role.into()),
            all_locations: row.locations.is_none(),
            locations: row.locations.unwrap_or_default(),
            status: state.into(),
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            accepted_by: row.accepted_by,
            revoked_at: row.revoked_at,
        }
    }
}

/// One page, newest first.
#[derive(Debug, Object)]
pub struct InvitationPage {
    pub invitations: Vec<Invitation>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}

/// What the invited person brings.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct InvitationAcceptance {
    #[oai(validator(min_length = 1, max_length = 200))]
    pub token: String,
}

/// The tenant the person belongs to now.
#[derive(Debug, Object)]
pub struct AcceptedInvitation {
    pub tenant_id: Uuid,
}
