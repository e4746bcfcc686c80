//! Authorization codes: good once, for one minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// What a code stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) subject: String,
    pub(super) nonce: Option<String>,
    pub(super) redirect_uri: String,
    pub(super) code_challenge: String,
    pub(super) issued_at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Codes(Mutex<HashMap<String, Grant>>);

impl Codes {
    pub(super) fn issue(&self, grant: Grant) -> String {
        let code = Uuid::new_v4().simple().to_string();
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, known| grant.issued_at - known.issued_at < LIFETIME);
        codes.insert(code.clone(), grant);
        code
    }

    /// The grant, if code, verifier and redirect fit together; the code is spent either way.
    pub(super) fn redeem(
        &self,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
        now: DateTime<Utc>,
    ) -> Option<Grant> {
        let grant = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(code)?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let fits = grant.code_challenge == challenge
            && grant.redirect_uri == redirect_uri
            && now - grant.issued_at < LIFETIME;
        fits.then_some(grant)
    }
}
