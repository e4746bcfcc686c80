//! The connection to the mail server that sends a tenant's reports.

use serde::{Deserialize, Serialize};

use super::TenantConfigError;
use super::connection::StoredConnection;
use crate::crypto::Keyring;
use crate::kernel::Secret;

/// What is stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    pub host: String,
    #[serde(default = "submission_port")]
    pub port: u16,
    #[serde(default)]
    pub tls: SmtpTls,
    /// None sends without authentication.
    #[serde(default)]
    pub user: Option<String>,
    /// Sender, `Name <address>` or an address.
    pub from: String,
}

const fn submission_port() -> u16 {
    587
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// In the clear; for servers on the same machine.
    None,
    /// Upgraded before anything is said; refused when the server does not offer it.
    #[default]
    Starttls,
    /// TLS from the first byte.
    Implicit,
}

/// Ready to use.
#[derive(Debug, Clone)]
pub struct SmtpConnection {
    pub settings: SmtpSettings,
    pub password: Option<Secret>,
}

impl SmtpConnection {
    pub(super) fn open(
        stored: &StoredConnection,
        keyring: &Keyring,
    ) -> Result<Self, TenantConfigError> {
        Ok(Self { settings: stored.settings()?, password: stored.secret(keyring, "password")? })
    }
}
