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
    /// How rows are read.
    #[serde(default)]
    pub read: Reading,
    /// A query that would be billed more bytes is not run.
    #[serde(default, alias = "max_bytes_billed")]
    pub max_bytes_per_job: Option<i64>,
    /// Bytes that all queries of a day (UTC) may be billed together.
    #[serde(default)]
    pub max_bytes_per_day: Option<i64>,
}

/// How rows of the export are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Listed, which BigQuery does not bill.
    #[default]
    List,
    /// Queried, which BigQuery bills by the columns read, and which sends less.
    Query,
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
