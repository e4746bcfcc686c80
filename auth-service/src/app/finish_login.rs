//! Takes the provider's answer and begins a session.

use common::crypto::{Token, digest};
use common::kernel::SessionId;

use super::App;
use crate::adapters::provider::Answer;
use crate::domain::identity::Identity;
use crate::error::Error;
use crate::store::login_attempt::{self, LoginAttempt};
use crate::store::person;
use crate::store::session::{self, NewSession};

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
pub async fn finish_login(app: &App, callback: Callback) -> Result<Finished, Error> {
    let attempt = take_attempt(app, &callback).await?;
    if !app.provider.names_itself(callback.iss.as_deref()).await? {
        return Err(Error::OtherIssuer);
    }
    if let Some(error) = &callback.error {
        return Err(Error::LoginRefused(known_error(error).to_owned()));
    }
    let code = callback.code.ok_or(Error::UnknownLogin)?;
    let answer = Answer { code, nonce: attempt.nonce, pkce_verifier: attempt.pkce_verifier };
    let identity = app.provider.exchange(answer).await?;
    let token = begin_session(app, &identity, callback.previous_session.as_deref()).await?;
    Ok(Finished { token, return_to: attempt.return_to })
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

async fn begin_session(
    app: &App,
    identity: &Identity,
    previous: Option<&str>,
) -> Result<Token, Error> {
    let token = Token::mint().map_err(|_| Error::Randomness)?;
    let now = app.clock.now();
    let mut tx = app.db.identity().await?;
    let person_id = person::logged_in(&mut tx, identity, now).await?;
    if let Some(previous) = previous {
        session::revoke_by_token(&mut tx, &digest(previous), now).await?;
    }
    let begun = NewSession {
        session_id: SessionId::mint(),
        person_id,
        token_hash: token.digest().to_vec(),
        idle_expires_at: now + app.config.session.idle(),
        expires_at: now + app.config.session.absolute(),
    };
    let session_id = begun.session_id;
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
