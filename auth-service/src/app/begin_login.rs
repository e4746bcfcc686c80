//! Sends a browser to the identity provider.

use chrono::TimeDelta;
use common::crypto::{Token, digest};

use super::App;
use crate::domain::return_to::return_to;
use crate::error::Error;
use crate::store::login_attempt::{self, LoginAttempt};

/// How long the provider's answer is awaited.
pub const LOGIN_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Where the browser goes and the token that ties the answer to this very browser.
#[derive(Debug)]
pub struct Begun {
    pub url: String,
    pub browser: Token,
}

/// `invitation` is accepted when the person comes back.
///
/// # Errors
/// When the provider or the database is away.
pub async fn begin_login(
    app: &App,
    wanted: Option<&str>,
    invitation: Option<&str>,
) -> Result<Begun, Error> {
    let redirect = app.provider.redirect().await?;
    let browser = Token::mint().map_err(|_| Error::Randomness)?;
    let now = app.clock.now();
    let attempt = LoginAttempt {
        state_hash: digest(&redirect.state).to_vec(),
        browser_hash: browser.digest().to_vec(),
        nonce: redirect.nonce,
        pkce_verifier: redirect.pkce_verifier,
        return_to: return_to(wanted).to_owned(),
        expires_at: now + LOGIN_LIFETIME,
        invitation_hash: invitation.map(|token| digest(token).to_vec()),
    };
    let tx = app.db.identity().await?;
    login_attempt::insert(&tx, attempt, now).await?;
    tx.commit().await?;
    Ok(Begun { url: redirect.url, browser })
}
