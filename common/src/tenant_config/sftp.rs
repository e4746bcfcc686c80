//! The connection to the file drop with customers and locations.

use serde::{Deserialize, Serialize};

use super::TenantConfigError;
use super::connection::StoredConnection;
use super::file_format::FileFormats;
use crate::crypto::Keyring;
use crate::kernel::Secret;

/// What is stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SftpSettings {
    pub host: String,
    #[serde(default = "ssh_port")]
    pub port: u16,
    pub user: String,
    /// `SHA256:…` as `ssh-keygen -l` prints it. Without one nothing is transferred.
    #[serde(default)]
    pub host_key_fingerprints: Vec<String>,
    /// Takes whatever server answers for the right one. Excludes fingerprints.
    #[serde(default)]
    pub trust_any_host_key: bool,
    #[serde(default)]
    pub paths: SftpPaths,
    #[serde(default)]
    pub formats: FileFormats,
}

const fn ssh_port() -> u16 {
    22
}

/// Files or patterns below the login's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SftpPaths {
    pub customers: Option<String>,
    pub locations: Option<String>,
}

/// Ready to use. The private key is tried before the password.
#[derive(Debug, Clone)]
pub struct SftpConnection {
    pub settings: SftpSettings,
    pub password: Option<Secret>,
    /// OpenSSH or PEM text.
    pub private_key: Option<Secret>,
    pub passphrase: Option<Secret>,
}

impl SftpConnection {
    pub(super) fn open(
        stored: &StoredConnection,
        keyring: &Keyring,
    ) -> Result<Self, TenantConfigError> {
        Ok(Self {
            settings: stored.settings()?,
            password: stored.secret(keyring, "password")?,
            private_key: stored.secret(keyring, "private_key")?,
            passphrase: stored.secret(keyring, "passphrase")?,
        })
    }
}
