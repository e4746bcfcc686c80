//! The stored form of a sealed value.

use serde::{Deserialize, Serialize};

/// A text under AES-256-GCM with a key of its own, which is wrapped by a key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Version of this form.
    pub(super) v: u8,
    /// Id of the key-encryption key.
    pub(super) kek: String,
    /// Nonce and wrapped data key, base64.
    pub(super) key: String,
    /// Nonce and ciphertext, base64.
    pub(super) data: String,
}

impl Sealed {
    pub(super) const VERSION: u8 = 1;

    /// Id of the key-encryption key this value needs.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.kek
    }
}

/// A value could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("the operating system has no randomness to give")]
    Randomness,
    #[error("the value is too long to seal")]
    TooLong,
}

/// A sealed value could not be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("sealed with key `{0}`, which is not in the keyring")]
    UnknownKey(String),
    #[error("not a sealed value of a known form")]
    Malformed,
    /// Changed, or moved from another tenant, table, column or row.
    #[error("the sealed value does not belong here")]
    Mismatch,
}
