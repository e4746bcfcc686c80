//! The token endpoint: exchanges a signed assertion for an access token (RFC 7523).

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use jsonwebtoken::{Algorithm, Validation};
use poem::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::account::ServiceAccount;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 5] = [
    "https://www.googleapis.com/auth/bigquery",
    "https://www.googleapis.com/auth/bigquery.readonly",
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/cloud-platform.read-only",
    "https://www.googleapis.com/auth/devstorage.read_only",
];
const LIFETIME_SECONDS: u64 = 3600;

#[derive(Deserialize)]
struct Assertion {
    iat: u64,
    exp: u64,
    scope: String,
}

/// The access tokens that are valid now.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    live: Mutex<HashSet<String>>,
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
            Ok(()) => {
                let token = format!("ya29.stand-in.{}", Uuid::new_v4().simple());
                self.locked().insert(token.clone());
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

    pub(super) fn valid(&self, authorization: Option<&str>) -> bool {
        let token = authorization.and_then(|value| value.strip_prefix("Bearer "));
        token.is_some_and(|token| self.locked().contains(token))
    }

    pub(super) fn revoke_all(&self) {
        self.locked().clear();
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check(
    form: &[(String, String)],
    account: &ServiceAccount,
    token_uri: &str,
) -> Result<(), (&'static str, String)> {
    let field = |name: &str| {
        let pair = form.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    };
    if field("grant_type") != Some(GRANT) {
        return Err(("unsupported_grant_type", "Invalid grant_type".to_owned()));
    }
    let refused = |why: String| ("invalid_grant", format!("Invalid JWT: {why}"));
    let assertion = field("assertion").ok_or_else(|| refused("no assertion".to_owned()))?;
    let key = account.verifying_key();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[token_uri]);
    validation.set_issuer(&[account.email()]);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    let claims = jsonwebtoken::decode::<Assertion>(assertion, &key, &validation)
        .map_err(|error| refused(error.to_string()))?
        .claims;
    if claims.exp.saturating_sub(claims.iat) > LIFETIME_SECONDS {
        return Err(refused("expires later than an hour after issue".to_owned()));
    }
    let known = |scope: &str| SCOPES.contains(&scope);
    if claims.scope.is_empty() || !claims.scope.split(' ').all(known) {
        let scope = claims.scope;
        return Err(("invalid_scope", format!("Invalid OAuth scope: {scope}")));
    }
    Ok(())
}
