//! The key-encryption keys, and sealing and opening with them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::TryRngCore;
use rand::rngs::OsRng;

use super::{OpenError, Place, SealError, Sealed};
use crate::config::CryptoSettings;
use crate::kernel::Secret;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// The keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("crypto.keys.{0} is not 32 bytes in base64")]
    NotAKey(String),
    #[error("crypto.active names `{0}`, which is not under crypto.keys")]
    NoActiveKey(String),
}

/// Key-encryption keys by id; the active one seals, every one opens. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    keys: Arc<BTreeMap<String, Aes256Gcm>>,
    active: Arc<str>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("active", &self.active).finish_non_exhaustive()
    }
}

impl Keyring {
    /// # Errors
    /// When a key is not 32 bytes in base64, or the active id names none of them.
    pub fn from_settings(settings: &CryptoSettings) -> Result<Self, KeyringError> {
        let mut keys = BTreeMap::new();
        for (id, key) in &settings.keys {
            let bytes = STANDARD
                .decode(key.expose())
                .ok()
                .and_then(|bytes| <[u8; KEY_BYTES]>::try_from(bytes).ok())
                .ok_or_else(|| KeyringError::NotAKey(id.clone()))?;
            keys.insert(id.clone(), cipher(bytes));
        }
        if !keys.contains_key(&settings.active) {
            return Err(KeyringError::NoActiveKey(settings.active.clone()));
        }
        Ok(Self { keys: Arc::new(keys), active: settings.active.as_str().into() })
    }

    /// Id of the key that seals.
    #[must_use]
    pub fn active_id(&self) -> &str {
        &self.active
    }

    /// Seals `text` for one place.
    ///
    /// # Errors
    /// When there is no randomness, or the text is beyond what the cipher takes.
    pub fn seal(&self, place: &Place<'_>, text: &Secret) -> Result<Sealed, SealError> {
        let mut data_key = [0u8; KEY_BYTES];
        OsRng.try_fill_bytes(&mut data_key).map_err(|_| SealError::Randomness)?;
        let data =
            encrypt(&cipher(data_key), &place.associated_data("data"), text.expose().as_bytes())?;
        let key = self.wrap(place, &data_key)?;
        Ok(Sealed { v: Sealed::VERSION, kek: self.active.to_string(), key, data })
    }

    /// Opens what was sealed for exactly this place.
    ///
    /// # Errors
    /// [`OpenError::Mismatch`] when the value was changed or moved.
    pub fn open(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Secret, OpenError> {
        let data_key = self.unwrap(place, sealed)?;
        let text = decrypt(&cipher(data_key), &place.associated_data("data"), &sealed.data)?;
        String::from_utf8(text).map(Secret::new).map_err(|_| OpenError::Malformed)
    }

    /// The same value under the active key-encryption key; none when it already is.
    /// The data itself is not encrypted anew.
    ///
    /// # Errors
    /// As [`Keyring::open`]; a value that does not open is not re-wrapped.
    pub fn rewrap(&self, place: &Place<'_>, sealed: &Sealed) -> Result<Option<Sealed>, OpenError> {
        if sealed.kek == *self.active {
            return Ok(None);
        }
        let data_key = self.unwrap(place, sealed)?;
        let key = self.wrap(place, &data_key).map_err(|_| OpenError::Malformed)?;
        Ok(Some(Sealed { kek: self.active.to_string(), key, ..sealed.clone() }))
    }

    fn wrap(&self, place: &Place<'_>, data_key: &[u8]) -> Result<String, SealError> {
        encrypt(&self.keys[&*self.active], &place.associated_data("key"), data_key)
    }

    fn unwrap(&self, place: &Place<'_>, sealed: &Sealed) -> Result<[u8; KEY_BYTES], OpenError> {
        if sealed.v != Sealed::VERSION {
            return Err(OpenError::Malformed);
        }
        let key =
            self.keys.get(&sealed.kek).ok_or_else(|| OpenError::UnknownKey(sealed.kek.clone()))?;
        let data_key = decrypt(key, &place.associated_data("key"), &sealed.key)?;
        data_key.try_into().map_err(|_| OpenError::Malformed)
    }
}

fn cipher(key: [u8; KEY_BYTES]) -> Aes256Gcm {
    Aes256Gcm::new(&key.into())
}

fn encrypt(cipher: &Aes256Gcm, aad: &[u8], text: &[u8]) -> Result<String, SealError> {
    let mut nonce = [0u8; NONCE_BYTES];
    OsRng.try_fill_bytes(&mut nonce).map_err(|_| SealError::Randomness)?;
    let encrypted = cipher
        .encrypt(&nonce.into(), Payload { msg: text, aad })
        .map_err(|_| SealError::TooLong)?;
    Ok(STANDARD.encode([nonce.as_slice(), &encrypted].concat()))
}

fn decrypt(cipher: &Aes256Gcm, aad: &[u8], encoded: &str) -> Result<Vec<u8>, OpenError> {
    let bytes = STANDARD.decode(encoded).map_err(|_| OpenError::Malformed)?;
    let (nonce, encrypted) =
        bytes.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Malformed)?;
    cipher
        .decrypt(&(*nonce).into(), Payload { msg: encrypted, aad })
        .map_err(|_| OpenError::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::TenantId;

    fn keyring(active: &str) -> Keyring {
        let key = |byte| Secret::new(STANDARD.encode([byte; KEY_BYTES]));
        let keys = BTreeMap::from([("old".to_owned(), key(1)), ("new".to_owned(), key(2))]);
        Keyring::from_settings(&CryptoSettings { keys, active: active.to_owned() }).unwrap()
    }

    fn place(tenant: TenantId, row: &str) -> Place<'_> {
        Place { tenant, table: "connection", column: "secrets", row }
    }

    #[test]
    fn a_sealed_value_opens_at_its_place_and_hides_its_text() {
        let (ring, tenant) = (keyring("old"), TenantId::mint());
        let sealed = ring.seal(&place(tenant, "sftp"), &Secret::new("canary")).unwrap();
        assert!(!serde_json::to_string(&sealed).unwrap().contains("canary"));
        assert_eq!(ring.open(&place(tenant, "sftp"), &sealed).unwrap().expose(), "canary");
    }

    #[test]
    fn a_sealed_value_opens_nowhere_else() {
        let (ring, tenant) = (keyring("old"), TenantId::mint());
        let sealed = ring.seal(&place(tenant, "sftp"), &Secret::new("canary")).unwrap();
        let elsewhere = [
            place(TenantId::mint(), "sftp"),
            place(tenant, "smtp"),
            Place { table: "session", ..place(tenant, "sftp") },
            Place { column: "settings", ..place(tenant, "sftp") },
        ];
        for other in elsewhere {
            assert_eq!(ring.open(&other, &sealed).unwrap_err(), OpenError::Mismatch, "{other:?}");
        }
    }

    #[test]
    fn a_new_key_rewraps_what_the_old_one_sealed() {
        let tenant = TenantId::mint();
        let here = place(tenant, "sftp");
        let sealed = keyring("old").seal(&here, &Secret::new("canary")).unwrap();
        let ring = keyring("new");
        let moved = ring.rewrap(&here, &sealed).unwrap().unwrap();
        assert_eq!(moved.key_id(), "new");
        assert_eq!(ring.open(&here, &moved).unwrap().expose(), "canary");
        assert_eq!(ring.rewrap(&here, &moved), Ok(None));
    }

    #[test]
    fn an_unknown_key_is_named() {
        let here = place(TenantId::SYSTEM, "x");
        let mut sealed = keyring("old").seal(&here, &Secret::new("canary")).unwrap();
        sealed.kek = "gone".to_owned();
        let error = keyring("old").open(&here, &sealed).unwrap_err();
        assert_eq!(error, OpenError::UnknownKey("gone".to_owned()));
    }

    #[test]
    fn keys_of_another_length_are_refused() {
        let keys = BTreeMap::from([("short".to_owned(), Secret::new("AAAA"))]);
        let settings = CryptoSettings { keys, active: "short".to_owned() };
        assert!(matches!(Keyring::from_settings(&settings), Err(KeyringError::NotAKey(_))));
    }
}
