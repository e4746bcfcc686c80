//! Local verification of access tokens.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};

use super::{AUDIENCE, AuthError, Claims, ISSUER, KeyCache, TOKEN_TYPE};
use crate::kernel::{KeyId, SharedClock};

/// How far another machine's clock may run ahead.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(30);

/// Verifies signature, issuer, audience, type and times. Takes ES256 and nothing else.
#[derive(Debug)]
pub struct Verifier {
    keys: KeyCache,
    clock: SharedClock,
    validation: Validation,
}

impl Verifier {
    #[must_use]
    pub fn new(keys: KeyCache, clock: SharedClock) -> Self {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Checked below, against our own clock.
        validation.validate_exp = false;
        Self { keys, clock, validation }
    }

    /// # Errors
    /// [`AuthError::InvalidToken`] for anything wrong with it, [`AuthError::Unavailable`] when
    /// its key cannot be read for now.
    pub async fn verify(&self, token: &str) -> Result<Claims, AuthError> {
        let header = decode_header(token).map_err(|_| AuthError::InvalidToken)?;
        if header.alg != Algorithm::ES256 || header.typ.as_deref() != Some(TOKEN_TYPE) {
            return Err(AuthError::InvalidToken);
        }
        let id: KeyId =
            header.kid.and_then(|kid| kid.parse().ok()).ok_or(AuthError::InvalidToken)?;
        let key = self.keys.get(id).await?;
        let claims = decode::<Claims>(token, &key, &self.validation)
            .map_err(|_| AuthError::InvalidToken)?
            .claims;
        let now = self.clock.now();
        if now.timestamp() >= claims.exp || claims.iat > (now + CLOCK_SKEW).timestamp() {
            return Err(AuthError::InvalidToken);
        }
        Ok(claims)
    }

    /// The key set, for readiness.
    #[must_use]
    pub const fn keys(&self) -> &KeyCache {
        &self.keys
    }
}
