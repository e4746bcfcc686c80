//! Local verification of access tokens.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use moka::future::Cache;

use serde::de::DeserializeOwned;

use super::{
    AUDIENCE, AuthError, Claims, ISSUER, KeyCache, SERVICE_TOKEN_TYPE, ServiceClaims,
    TOKEN_LIFETIME, TOKEN_TYPE,
};
use crate::crypto::digest;
use crate::kernel::{KeyId, SharedClock};

/// How far another machine's clock may run ahead.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(30);

/// Access tokens in use at the same time, in one process.
const CAPACITY: u64 = 20_000;

/// Verifies signature, issuer, audience, type and times. Takes ES256 and nothing else.
#[derive(Debug)]
pub struct Verifier {
    keys: KeyCache,
    clock: SharedClock,
    validation: Validation,
    /// What verified tokens say, by their digests: checking a signature takes longer than the rest
    /// of a small request. Key and times are looked at each time.
    verified: Cache<[u8; 32], (KeyId, Claims)>,
}

impl Verifier {
    #[must_use]
    pub fn new(keys: KeyCache, clock: SharedClock) -> Self {
        let lifetime = TOKEN_LIFETIME.to_std().unwrap_or_default();
        let verified = Cache::builder().max_capacity(CAPACITY).time_to_live(lifetime).build();
        Self { keys, clock, validation: validation(AUDIENCE), verified }
    }

    /// # Errors
    /// [`AuthError::InvalidToken`] for anything wrong with it, [`AuthError::Unavailable`] when
    /// its key cannot be read for now.
    pub async fn verify(&self, token: &str) -> Result<Claims, AuthError> {
        let presented = digest(token);
        let claims = match self.verified.get(&presented).await {
            Some((key, claims)) => {
                self.keys.get(key).await?;
                claims
            }
            None => {
                let (key, claims): (_, Claims) =
                    self.claims(token, TOKEN_TYPE, &self.validation).await?;
                self.verified.insert(presented, (key, claims.clone())).await;
                claims
            }
        };
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
        let (_, claims): (_, ServiceClaims) =
            self.claims(token, SERVICE_TOKEN_TYPE, &validation(audience)).await?;
        self.check_times(claims.iat, claims.exp)?;
        Ok(claims)
    }

    async fn claims<T: DeserializeOwned>(
        &self,
        token: &str,
        kind: &str,
        validation: &Validation,
    ) -> Result<(KeyId, T), AuthError> {
        let header = decode_header(token).map_err(|_| AuthError::InvalidToken)?;
        if header.alg != Algorithm::ES256 || header.typ.as_deref() != Some(kind) {
            return Err(AuthError::InvalidToken);
        }
        let id: KeyId =
            header.kid.and_then(|kid| kid.parse().ok()).ok_or(AuthError::InvalidToken)?;
        let key = self.keys.get(id).await?;
        let decoded = decode::<T>(token, &key, validation).map_err(|_| AuthError::InvalidToken)?;
        Ok((id, decoded.claims))
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
