//! The connection to the warehouse that receives the GA4 export.

use serde::{Deserialize, Serialize};

use super::TenantConfigError;
use super::connection::StoredConnection;
use crate::crypto::Keyring;
use crate::kernel::Secret;

/// What is stored in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BigQuerySettings {
    /// The project that owns the datasets and pays for queries.
    pub project: String,
    /// Location of the datasets, such as `EU`.
    #[serde(default)]
    pub location: Option<String>,
    /// Another endpoint than Google's; only hosts the operator allows.
    #[serde(default)]
    pub api_base_url: Option<String>,
    /// A query that would read more is refused by BigQuery.
    #[serde(default)]
    pub max_bytes_billed: Option<i64>,
}

/// Ready to use.
#[derive(Debug, Clone)]
pub struct BigQueryConnection {
    pub settings: BigQuerySettings,
    /// The key file's JSON text; none as long as it was not set.
    pub service_account_key: Option<Secret>,
}

impl BigQueryConnection {
    pub(super) fn open(
        stored: &StoredConnection,
        keyring: &Keyring,
    ) -> Result<Self, TenantConfigError> {
        Ok(Self {
            settings: stored.settings()?,
            service_account_key: stored.secret(keyring, "service_account_key")?,
        })
    }
}
