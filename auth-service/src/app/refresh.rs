//! Sessions of clients without a cookie: a chain of refresh tokens, each good once.

use common::auth::Session;
use common::crypto::{Token, digest};
use common::kernel::{SessionId, TenantId};
use serde_json::json;
use uuid::Uuid;

use super::{App, IssuedToken, Visitor, choose_membership, issue_token};
use crate::domain::refresh::{Verdict, judge};
use crate::error::Error;
use crate::store::refresh_token::{self, NewRefreshToken};
use crate::store::session::{self, Kind, NewSession};

/// An access token and the refresh token that follows it.
#[derive(Debug)]
pub struct Refreshed {
    pub access: IssuedToken,
    pub refresh_token: Token,
    pub expires_in_seconds: i64,
}

/// Begins a client's session beside the browser's own: it outlives a logout there, and ends by
/// its own revocation, when unused, or at its absolute end.
///
/// # Errors
/// When the tenant is not the person's, or suspended, or nothing can be signed.
pub async fn begin_client_session(
    app: &App,
    browser: &Session,
    wanted: Option<TenantId>,
    label: Option<String>,
    visitor: Visitor<'_>,
) -> Result<Refreshed, Error> {
    choose_membership(&browser.memberships, wanted)?;
    let now = app.clock.now();
    let settings = &app.config.session;
    let client = Session {
        session_id: SessionId::mint(),
        idle_expires_at: now + settings.refresh_idle(),
        expires_at: now + settings.refresh_absolute(),
        created_at: now,
        ..browser.clone()
    };
    let detail = json!({ "session_id": client.session_id, "label": label });
    visitor.record_person(app, client.person_id, "session.client_created", "ok", detail).await?;
    let refresh_token = mint()?;
    let new = NewRefreshToken {
        family_id: Uuid::now_v7(),
        session_id: client.session_id,
        token_hash: refresh_token.digest().to_vec(),
        expires_at: client.idle_expires_at.min(client.expires_at),
    };
    let begun = NewSession {
        session_id: client.session_id,
        person_id: client.person_id,
        // No cookie opens it: nobody ever sees this token.
        token_hash: mint()?.digest().to_vec(),
        idle_expires_at: client.idle_expires_at,
        expires_at: client.expires_at,
        kind: Kind::Client,
        label,
    };
    let mut tx = app.db.identity().await?;
    session::insert(&tx, begun, now).await?;
    refresh_token::insert(&mut tx, &new, now).await?;
    tx.commit().await?;
    let access = issue_token(app, &client, wanted, settings.refresh_idle()).await?;
    let expires_in_seconds = (new.expires_at - now).num_seconds();
    Ok(Refreshed { access, refresh_token, expires_in_seconds })
}

/// Trades a refresh token for an access token and the next refresh token.
///
/// # Errors
/// [`Error::InvalidToken`] for whatever is not good any more; a token that comes back after its
/// grace ends its whole family.
pub async fn refresh(
    app: &App,
    presented: &str,
    wanted: Option<TenantId>,
    visitor: Visitor<'_>,
) -> Result<Refreshed, Error> {
    let hash = digest(presented);
    let found = refresh_token::find(&app.db, &hash).await?.ok_or(Error::InvalidToken)?;
    let session = Session::load(&app.db, found.session_id()).await?.ok_or(Error::InvalidToken)?;
    // Before the token is spent: who forgot to name the tenant may ask again.
    choose_membership(&session.memberships, wanted)?;
    let (refresh_token, expires_in_seconds) = rotate(app, &hash, &session, visitor).await?;
    let idle = app.config.session.refresh_idle();
    let access = issue_token(app, &session, wanted, idle).await?;
    Ok(Refreshed { access, refresh_token, expires_in_seconds })
}

async fn rotate(
    app: &App,
    hash: &[u8],
    session: &Session,
    visitor: Visitor<'_>,
) -> Result<(Token, i64), Error> {
    let now = app.clock.now();
    let mut tx = app.db.identity().await?;
    let found = refresh_token::lock(&mut tx, hash).await?.ok_or(Error::InvalidToken)?;
    match judge(found.presented(), now) {
        Verdict::Refuse => Err(Error::InvalidToken),
        Verdict::Reuse => {
            session::revoke(&mut tx, found.session_id(), now).await?;
            refresh_token::revoke_family(&mut tx, found.family_id, now).await?;
            tx.commit().await?;
            let detail = json!({ "session_id": found.session_id() });
            visitor
                .record_person(app, session.person_id, "refresh_reuse", "denied", detail)
                .await?;
            tracing::warn!(session.id = %found.session_id(), "a refresh token was used twice");
            Err(Error::InvalidToken)
        }
        Verdict::Rotate => {
            let successor = mint()?;
            let new = NewRefreshToken {
                family_id: found.family_id,
                session_id: found.session_id(),
                token_hash: successor.digest().to_vec(),
                expires_at: (now + app.config.session.refresh_idle()).min(session.expires_at),
            };
            refresh_token::mark_used(&mut tx, found.refresh_token_id, now).await?;
            refresh_token::insert(&mut tx, &new, now).await?;
            tx.commit().await?;
            Ok((successor, (new.expires_at - now).num_seconds()))
        }
    }
}

fn mint() -> Result<Token, Error> {
    Token::mint().map_err(|_| Error::Randomness)
}
