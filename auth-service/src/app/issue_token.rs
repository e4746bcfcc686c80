//! Turns a session into an access token for one tenant.

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

/// `wanted` may be left out by someone who belongs to one tenant.
///
/// # Errors
/// When the tenant is not the person's, or suspended, or nothing can be signed.
pub async fn issue_token(
    app: &App,
    session: &Session,
    wanted: Option<TenantId>,
) -> Result<IssuedToken, Error> {
    let membership = choose(&session.memberships, wanted)?;
    if !membership.active() {
        return Err(Error::Suspended);
    }
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
    let idle_expires_at = now + app.config.session.idle();
    session::touch(&mut tx, session.session_id, idle_expires_at, now).await?;
    tx.commit().await?;
    Ok(IssuedToken {
        token,
        tenant_id: membership.tenant_id,
        expires_in_seconds: claims.exp - claims.iat,
    })
}

fn choose(memberships: &[Membership], wanted: Option<TenantId>) -> Result<&Membership, Error> {
    match (wanted, memberships) {
        (Some(wanted), _) => {
            memberships.iter().find(|m| m.tenant_id == wanted).ok_or(Error::NotYours)
        }
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::NotYours),
        (None, _) => Err(Error::TenantRequired),
    }
}
