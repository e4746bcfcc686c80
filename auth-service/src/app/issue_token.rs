//! Turns a session into an access token for one tenant.

use chrono::TimeDelta;
use common::auth::{AUDIENCE, Claims, ISSUER, Membership, Session, TOKEN_LIFETIME};
use common::kernel::TenantId;

use super::App;
use crate::error::Error;
use crate::store::session;

/// A signed token.
#[derive(Debug)]
pub struct IssuedToken {
    pub token: String,
    pub tenant_id: TenantId,
    pub expires_in_seconds: i64,
}

/// `wanted` may be left out by someone who belongs to one tenant. The session then lives on
/// unused for `idle`.
///
/// # Errors
/// When the tenant is not the person's, or suspended, or nothing can be signed.
pub async fn issue_token(
    app: &App,
    session: &Session,
    wanted: Option<TenantId>,
    idle: TimeDelta,
) -> Result<IssuedToken, Error> {
    let membership = choose_membership(&session.memberships, wanted)?;
    let now = app.clock.now();
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: session.person_id,
        tid: membership.tenant_id,
        sid: session.session_id,
        iat: now.timestamp(),
        exp: (now + TOKEN_LIFETIME).min(session.expires_at).timestamp(),
    };
    let token = app.signer.sign(&claims).await?;
    let mut tx = app.db.identity().await?;
    session::touch(&mut tx, session.session_id, now + idle, now).await?;
    tx.commit().await?;
    Ok(IssuedToken {
        token,
        tenant_id: membership.tenant_id,
        expires_in_seconds: claims.exp - claims.iat,
    })
}

/// The membership a token is for.
pub(super) fn choose_membership(
    memberships: &[Membership],
    wanted: Option<TenantId>,
) -> Result<&Membership, Error> {
    let chosen = match (wanted, memberships) {
        (Some(wanted), _) => {
            memberships.iter().find(|m| m.tenant_id == wanted).ok_or(Error::NotYours)
        }
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::NotYours),
        (None, _) => Err(Error::TenantRequired),
    }?;
    if chosen.active() { Ok(chosen) } else { Err(Error::Suspended) }
}
