//! Takes the provider's answer and begins a session.

use common::crypto::{Token, digest};
use common::kernel::{PersonId, SessionId};
use serde_json::json;

use super::{App, Visitor, accept_at_login};
use crate::adapters::provider::{Answer, ProviderError};
use crate::domain::identity::Identity;
use crate::error::Error;
use crate::store::login_attempt::{self, LoginAttempt};
use crate::store::person;
use crate::store::session::{self, Kind, NewSession};

/// The provider's answer, as the browser brings it.
#[derive(Debug, Default)]
pub struct Callback {
    pub state: String,
    pub code: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
    /// The token that [`super::begin_login`] gave to the browser.
    pub browser: Option<String>,
    /// The session the browser had until now; it ends.
    pub previous_session: Option<String>,
}

/// A session that began.
#[derive(Debug)]
pub struct Finished {
    pub token: Token,
    pub return_to: String,
}

/// # Errors
/// When the answer does not prove who someone is; then no session begins.
pub async fn finish_login(
    app: &App,
    callback: Callback,
    visitor: Visitor<'_>,
) -> Result<Finished, Error> {
    let previous = callback.previous_session.clone();
    let (attempt, identity) = match prove(app, callback).await {
        Ok(proved) => proved,
        Err(error) => {
            if let Some(reason) = refusal(&error) {
                let detail = json!({ "reason": reason });
                visitor.record_stranger(app, "login.refused", detail).await?;
            }
            return Err(error);
        }
    };
    let person_id = remember(app, &identity).await?;
    if let Some(invitation) = attempt.invitation_hash {
        accept_at_login(app, person_id, &invitation, visitor).await?;
    }
    let token = begin_session(app, person_id, previous.as_deref(), visitor).await?;
    Ok(Finished { token, return_to: attempt.return_to })
}

async fn prove(app: &App, callback: Callback) -> Result<(LoginAttempt, Identity), Error> {
    let mut attempt = take_attempt(app, &callback).await?;
    if !app.provider.names_itself(callback.iss.as_deref()).await? {
        return Err(Error::OtherIssuer);
    }
    if let Some(error) = &callback.error {
        return Err(Error::LoginRefused(known_error(error).to_owned()));
    }
    let code = callback.code.ok_or(Error::UnknownLogin)?;
    let nonce = std::mem::take(&mut attempt.nonce);
    let pkce_verifier = std::mem::take(&mut attempt.pkce_verifier);
    let identity = app.provider.exchange(Answer { code, nonce, pkce_verifier }).await?;
    Ok((attempt, identity))
}

/// Why nobody was let in; none when nothing was disproved.
fn refusal(error: &Error) -> Option<String> {
    match error {
        Error::UnknownLogin | Error::OtherIssuer | Error::LoginRefused(_) => {
            Some(error.to_string())
        }
        Error::Provider(ProviderError::Away(_) | ProviderError::Configuration(_)) => None,
        Error::Provider(refused) => Some(refused.to_string()),
        _ => None,
    }
}

/// The state is spent by the first answer that brings it, good or bad.
async fn take_attempt(app: &App, callback: &Callback) -> Result<LoginAttempt, Error> {
    let mut tx = app.db.identity().await?;
    let attempt = login_attempt::take(&mut tx, &digest(&callback.state)).await?;
    tx.commit().await?;
    let attempt = attempt.ok_or(Error::UnknownLogin)?;
    let browser = callback.browser.as_deref().ok_or(Error::UnknownLogin)?;
    // Digests of random tokens: comparing them early out tells nobody anything.
    let same_browser = attempt.browser_hash == digest(browser);
    if same_browser && app.clock.now() < attempt.expires_at {
        Ok(attempt)
    } else {
        Err(Error::UnknownLogin)
    }
}

async fn remember(app: &App, identity: &Identity) -> Result<PersonId, Error> {
    let mut tx = app.db.identity().await?;
    let person_id = person::logged_in(&mut tx, identity, app.clock.now()).await?;
    tx.commit().await?;
    Ok(person_id)
}

async fn begin_session(
    app: &App,
    person_id: PersonId,
    previous: Option<&str>,
    visitor: Visitor<'_>,
) -> Result<Token, Error> {
    let token = Token::mint().map_err(|_| Error::Randomness)?;
    let now = app.clock.now();
    let session_id = SessionId::mint();
    // First the trail: no session begins without its line.
    let detail = json!({ "session_id": session_id });
    visitor.record_person(app, person_id, "login.succeeded", "ok", detail).await?;
    let begun = NewSession {
        session_id,
        person_id,
        token_hash: token.digest().to_vec(),
        idle_expires_at: now + app.config.session.idle(),
        expires_at: now + app.config.session.absolute(),
        kind: Kind::Browser,
        label: None,
    };
    let mut tx = app.db.identity().await?;
    if let Some(previous) = previous {
        session::revoke_by_token(&mut tx, &digest(previous), now).await?;
    }
    session::insert(&tx, begun, now).await?;
    tx.commit().await?;
    tracing::info!(person.id = %person_id, session.id = %session_id, "logged in");
    Ok(token)
}

/// Only the codes of RFC 6749 and OpenID Connect are repeated; anything else is the provider's
/// (or an attacker's) free text.
fn known_error(error: &str) -> &str {
    const KNOWN: [&str; 11] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    ];
    KNOWN.into_iter().find(|known| *known == error).unwrap_or("unknown error")
}
