//! `[crypto]`: key-encryption keys of sealed secrets. The key that signs cursors is derived from the active one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::kernel::Secret;

/// 32-byte keys in base64. Old keys stay listed until everything sealed with them is re-wrapped.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CryptoSettings {
    /// Key id → key; `crypto.keys.<id>_file` names a file instead.
    #[serde(skip_serializing)]
    pub keys: BTreeMap<String, Secret>,
    /// Id of the key that seals from now on.
    pub active: String,
}

impl CryptoSettings {
    /// The active key must be among the keys.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if self.keys.contains_key(&self.active) {
            return Ok(());
        }
        Err(ConfigError::invalid(
            "crypto.active",
            format!("no key `{}` under crypto.keys", self.active),
        ))
    }
}
