//! Local verification of access tokens.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};

use serde::de::DeserializeOwned;

use super::{
    AUDIENCE, AuthError, Claims, ISSUER, KeyCache, SERVICE_TOKEN_TYPE, ServiceClaims, TOKEN_TYPE,
};
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
        Self { keys, clock, validation: validation(AUDIENCE) }
    }

    /// # Errors
    /// [`AuthError::InvalidToken`] for anything wrong with it, [`AuthError::Unavailable`] when
    /// its key cannot be read for now.
    pub async fn verify(&self, token: &str) -> Result<Claims, AuthError> {
        let claims: Claims = self.claims(token, TOKEN_TYPE, &self.validation).await?;
        self.check_times(claims.iat, claims.exp)?;
        Ok(claims)
    }

    /// The same for a token that a service of ours made for `audience`.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub async fn verify_service(
        &self,
        token: &str,
        audience: &str,
    ) -> Result<ServiceClaims, AuthError> {
        let claims: ServiceClaims =
            self.claims(token, SERVICE_TOKEN_TYPE, &validation(audience)).await?;
        self.check_times(claims.iat, claims.exp)?;
        Ok(claims)
    }

    async fn claims<T: DeserializeOwned>(
        &self,
        token: &str,
        kind: &str,
        validation: &Validation,
    ) -> Result<T, AuthError> {
        let header = decode_header(token).map_err(|_| AuthError::InvalidToken)?;
        if header.alg != Algorithm::ES256 || header.typ.as_deref() != Some(kind) {
            return Err(AuthError::InvalidToken);
        }
        let id: KeyId =
            header.kid.and_then(|kid| kid.parse().ok()).ok_or(AuthError::InvalidToken)?;
        let key = self.keys.get(id).await?;
        let decoded = decode::<T>(token, &key, validation).map_err(|_| AuthError::InvalidToken)?;
        Ok(decoded.claims)
    }

    fn check_times(&self, issued_at: i64, expires_at: i64) -> Result<(), AuthError> {
        let now = self.clock.now();
        if now.timestamp() >= expires_at || issued_at > (now + CLOCK_SKEW).timestamp() {
            return Err(AuthError::InvalidToken);
        }
        Ok(())
    }

    /// The key set, for readiness.
    #[must_use]
    pub const fn keys(&self) -> &KeyCache {
        &self.keys
    }
}

fn validation(audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // Checked against our own clock.
    validation.validate_exp = false;
    validation
}
