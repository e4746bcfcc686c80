//! Invitations: made, listed, revoked, accepted.

use chrono::{DateTime, TimeDelta, Utc};
use common::auth::{Role, scope_of_invitation};
use common::crypto::{Token, digest};
use common::kernel::{InvitationId, PersonId, TenantId, TenantScope};
use serde_json::json;
use uuid::Uuid;

use super::{App, Asker, Visitor};
use crate::domain::branches::{AskedBranches, check_locations};
use crate::domain::membership::Place;
use crate::error::Error;
use crate::store::invitation::{self, InvitationRow, NewInvitationRow};
use crate::store::member;

/// What is asked for.
#[derive(Debug)]
pub struct WantedInvitation {
    /// Tells people who is meant; whoever has the link may accept.
    pub email: Option<String>,
    pub role: Role,
    /// All of them when nothing is said.
    pub locations: AskedBranches,
    pub lifetime: TimeDelta,
}

/// The only time an invitation's token is known.
#[derive(Debug)]
pub struct MadeInvitation {
    pub invitation_id: InvitationId,
    pub token: Token,
    pub expires_at: DateTime<Utc>,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    Pending,
    Accepted,
    Revoked,
    Expired,
}

/// An invitation as it may be shown.
#[derive(Debug)]
pub struct ShownInvitation {
    pub row: InvitationRow,
    pub state: InvitationState,
}

/// # Errors
/// When only an owner may invite to that role, or the branches are not acceptable.
pub async fn invite(
    app: &App,
    asker: Asker<'_>,
    wanted: WantedInvitation,
) -> Result<MadeInvitation, Error> {
    if wanted.role == Role::Owner && asker.caller.role != Role::Owner {
        return Err(Error::OwnersOnly);
    }
    let refused = |issue| Error::Unacceptable(vec![issue]);
    let locations = wanted.locations.settle().map_err(refused)?.flatten();
    check_locations(wanted.role, locations.as_deref()).map_err(refused)?;
    let token = Token::mint().map_err(|_| Error::Randomness)?;
    let (now, invitation_id) = (app.clock.now(), InvitationId::mint());
    let expires_at = now + wanted.lifetime;
    let place = Place { role: wanted.role, suspended: false, locations };
    let row = NewInvitationRow {
        invitation_id,
        token_hash: &token.digest(),
        email: wanted.email.as_deref(),
        place: &place,
        invited_by: asker.caller.person_id(),
        expires_at,
    };
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    invitation::insert(&mut tx, &row, now).await?;
    let (all_locations, locations) = place.branches();
    let detail = json!({
        "email": wanted.email, "role": place.role.as_str(),
        "all_locations": all_locations, "locations": locations,
    });
    asker.record(&mut tx, "invitation.created", &object(invitation_id.uuid()), detail).await?;
    tx.commit().await?;
    Ok(MadeInvitation { invitation_id, token, expires_at })
}

/// Newest first.
///
/// # Errors
/// When the database is away.
pub async fn list_invitations(
    app: &App,
    scope: &TenantScope,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<ShownInvitation>, Error> {
    let now = app.clock.now();
    let mut tx = app.db.tenant(scope).await?;
    let rows = invitation::list(&mut tx, after, limit).await?;
    Ok(rows.into_iter().map(|row| ShownInvitation { state: state(&row, now), row }).collect())
}

/// Idempotent: a revoked invitation stays revoked.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::InvitationAccepted`] when it is too late.
pub async fn revoke_invitation(app: &App, asker: Asker<'_>, id: InvitationId) -> Result<(), Error> {
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    let row = invitation::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if row.accepted_at.is_some() {
        return Err(Error::InvitationAccepted);
    }
    if row.revoked_at.is_none() {
        invitation::revoke(&mut tx, id.uuid(), app.clock.now()).await?;
        asker.record(&mut tx, "invitation.revoked", &object(id.uuid()), json!({})).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Makes the person a member, once. The tenant's id comes back.
///
/// # Errors
/// [`Error::InvitationUnusable`] for whatever is not pending, [`Error::AlreadyMember`] without
/// spending the invitation.
pub async fn accept_invitation(
    app: &App,
    person: PersonId,
    token: &str,
    visitor: Visitor<'_>,
) -> Result<TenantId, Error> {
    accept(app, person, &digest(token), visitor).await
}

/// As [`accept_invitation`], for someone who just came back from the provider: whoever is a
/// member already just logs in, with an old link too.
pub(super) async fn accept_at_login(
    app: &App,
    person: PersonId,
    token_hash: &[u8],
    visitor: Visitor<'_>,
) -> Result<(), Error> {
    match accept(app, person, token_hash, visitor).await {
        Ok(_) | Err(Error::AlreadyMember) => Ok(()),
        Err(error) => Err(error),
    }
}

#[expect(clippy::disallowed_methods, reason = "the bearer of the invitation presents it")]
async fn accept(
    app: &App,
    person: PersonId,
    token_hash: &[u8],
    visitor: Visitor<'_>,
) -> Result<TenantId, Error> {
    let scope = scope_of_invitation(&app.db, token_hash).await?.ok_or(Error::InvitationUnusable)?;
    let now = app.clock.now();
    let mut tx = app.db.tenant(&scope).await?;
    let row =
        invitation::lock_presented(&mut tx, token_hash).await?.ok_or(Error::InvitationUnusable)?;
    if member::find(&mut tx, person).await?.is_some() {
        return Err(Error::AlreadyMember);
    }
    let role = row.role.parse().map_err(|_| Error::InvitationUnusable)?;
    if state(&row, now) != InvitationState::Pending {
        return Err(Error::InvitationUnusable);
    }
    let place = Place { role, suspended: false, locations: row.locations };
    if !member::add(&mut tx, person, &place, now).await? {
        return Err(Error::AlreadyMember);
    }
    invitation::accept(&mut tx, row.invitation_id, person, now).await?;
    let actor = format!("person:{person}");
    let (all_locations, locations) = place.branches();
    let detail = json!({
        "role": role.as_str(), "all_locations": all_locations, "locations": locations,
    });
    visitor
        .record(&mut tx, &actor, "invitation.accepted", &object(row.invitation_id), detail)
        .await?;
    tx.commit().await?;
    Ok(scope.tenant_id())
}

fn state(row: &InvitationRow, now: DateTime<Utc>) -> InvitationState {
    if row.accepted_at.is_some() {
        InvitationState::Accepted
    } else if row.revoked_at.is_some() {
        InvitationState::Revoked
    } else if now >= row.expires_at {
        InvitationState::Expired
    } else {
        InvitationState::Pending
    }
}

fn object(id: Uuid) -> String {
    format!("invitation:{id}")
}
