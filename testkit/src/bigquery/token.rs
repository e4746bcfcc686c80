//! The token endpoint: exchanges a signed assertion for an access token (RFC 7523).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use poem::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::account::ServiceAccount;
use crate::canary;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 5] = [
    "https://www.googleapis.com/auth/bigquery",
    "https://www.googleapis.com/auth/bigquery.readonly",
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/cloud-platform.read-only",
    "https://www.googleapis.com/auth/devstorage.read_only",
];
/// Those that `jobs.insert` is content with.
const JOB_SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/bigquery", "https://www.googleapis.com/auth/cloud-platform"];
const LIFETIME_SECONDS: u64 = 3600;

#[derive(Deserialize)]
struct Assertion {
    iss: String,
    aud: String,
    iat: u64,
    exp: u64,
    scope: String,
}

/// The access tokens that are valid now.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// With whether it may begin jobs.
    live: Mutex<HashMap<String, bool>>,
}

impl Tokens {
    /// Answers one request to the token endpoint.
    pub(super) fn exchange(
        &self,
        form: &[(String, String)],
        account: &ServiceAccount,
        token_uri: &str,
    ) -> (StatusCode, Json) {
        match check(form, account, token_uri) {
            Ok(jobs) => {
                let token = canary::secret(Uuid::new_v4().simple());
                self.locked().insert(token.clone(), jobs);
                let body = json!({
                    "access_token": token,
                    "expires_in": LIFETIME_SECONDS - 1,
                    "token_type": "Bearer",
                });
                (StatusCode::OK, body)
            }
            Err((error, description)) => {
                let body = json!({ "error": error, "error_description": description });
                (StatusCode::BAD_REQUEST, body)
            }
        }
    }

    /// Whether the token may begin jobs; none when it is not valid.
    pub(super) fn valid(&self, authorization: Option<&str>) -> Option<bool> {
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "))?;
        self.locked().get(token).copied()
    }

    pub(super) fn revoke_all(&self) {
        self.locked().clear();
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, bool>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(
    form: &[(String, String)],
    account: &ServiceAccount,
    token_uri: &str,
) -> Result<bool, (&'static str, String)> {
    let field = |name: &str| {
        let pair = form.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    };
    if field("grant_type") != Some(GRANT) {
        return Err(("unsupported_grant_type", "Invalid grant_type".to_owned()));
    }
    let refused = |why: String| ("invalid_grant", format!("Invalid JWT: {why}"));
    let assertion = field("assertion").ok_or_else(|| refused("no assertion".to_owned()))?;
    let claims = verified(assertion, account).map_err(refused)?;
    if claims.aud != token_uri || claims.iss != account.email() {
        return Err(refused("made out for someone else".to_owned()));
    }
    if claims.exp <= jsonwebtoken::get_current_timestamp() {
        return Err(refused("expired".to_owned()));
    }
    if claims.exp.saturating_sub(claims.iat) > LIFETIME_SECONDS {
        return Err(refused("expires later than an hour after issue".to_owned()));
    }
    let known = |scope: &str| SCOPES.contains(&scope);
    if claims.scope.is_empty() || !claims.scope.split(' ').all(known) {
        let scope = claims.scope;
        return Err(("invalid_scope", format!("Invalid OAuth scope: {scope}")));
    }
    Ok(claims.scope.split(' ').any(|scope| JOB_SCOPES.contains(&scope)))
}

/// The claims of an assertion signed by the account. Like Google, it takes base64 with padding, which Google's own rules forbid
/// and clients in use send; the signature covers the text as sent, so it is checked on that.
fn verified(assertion: &str, account: &ServiceAccount) -> Result<Assertion, String> {
    let parts = assertion.rsplit_once('.').and_then(|(message, signature)| {
        message.split_once('.').map(|(_, claims)| (message, claims, signature))
    });
    let (message, claims, signature) = parts.ok_or("not three parts")?;
    let unpadded = |text: &str| text.trim_end_matches('=').to_owned();
    let key = account.verifying_key();
    let signed = jsonwebtoken::crypto::verify(
        &unpadded(signature),
        message.as_bytes(),
        &key,
        Algorithm::RS256,
    );
    if !signed.map_err(|error| error.to_string())? {
        return Err("wrong signature".to_owned());
    }
    let claims = URL_SAFE_NO_PAD.decode(unpadded(claims)).map_err(|error| error.to_string())?;
    serde_json::from_slice(&claims).map_err(|error| error.to_string())
}
