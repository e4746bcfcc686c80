//! A service account: an RSA key pair with the JSON key file that Google's clients read.

use std::sync::OnceLock;

use jsonwebtoken::DecodingKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value as Json, json};

use super::StandInError;

/// Google's key size; smaller keys are refused by some TLS libraries.
const KEY_BITS: usize = 2048;

const EMAIL: &str = "footfall@stand-in.iam.gserviceaccount.com";

/// Who may fetch a token from the stand-in.
#[derive(Clone)]
pub struct ServiceAccount {
    private_pem: String,
    public: RsaPublicKey,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ServiceAccount").finish_non_exhaustive()
    }
}

impl ServiceAccount {
    /// The account of this process. Its key is made once: that takes a second in a debug build.
    pub fn of_process() -> Result<Self, StandInError> {
        static ACCOUNT: OnceLock<ServiceAccount> = OnceLock::new();
        if let Some(account) = ACCOUNT.get() {
            return Ok(account.clone());
        }
        let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS)
            .map_err(|error| StandInError::Key(error.to_string()))?;
        let account = Self::from_key(&key)?;
        Ok(ACCOUNT.get_or_init(|| account).clone())
    }

    /// Reads the private key back out of a key file written by [`Self::key_json`].
    pub fn from_key_json(text: &str) -> Result<Self, StandInError> {
        let document: Json =
            serde_json::from_str(text).map_err(|error| StandInError::Key(error.to_string()))?;
        let pem = document["private_key"].as_str().unwrap_or_default();
        let key = RsaPrivateKey::from_pkcs8_pem(pem)
            .map_err(|error| StandInError::Key(error.to_string()))?;
        Self::from_key(&key)
    }

    fn from_key(key: &RsaPrivateKey) -> Result<Self, StandInError> {
        let private_pem = key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| StandInError::Key(error.to_string()))?;
        Ok(Self { private_pem: private_pem.to_string(), public: key.to_public_key() })
    }

    pub(super) fn verifying_key(&self) -> DecodingKey {
        let (modulus, exponent) = (self.public.n(), self.public.e());
        DecodingKey::from_rsa_raw_components(&modulus.to_bytes_be(), &exponent.to_bytes_be())
    }

    pub(super) fn email(&self) -> &'static str {
        EMAIL
    }

    /// The downloadable key file, as the console makes it.
    pub fn key_json(&self, project: &str, token_uri: &str) -> String {
        let key = json!({
            "type": "service_account",
            "project_id": project,
            "private_key_id": "stand-in",
            "private_key": self.private_pem,
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "client_x509_cert_url": "https://www.googleapis.com/robot/v1/metadata/x509/stand-in",
        });
        format!("{key:#}")
    }
}
