//! What the three kinds of connection have in common.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TenantConfigError;
use crate::crypto::{Keyring, Place, Sealed};
use crate::kernel::{Secret, TenantId};

/// An outside system of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConnectionKind {
    BigQuery,
    Sftp,
    Smtp,
}

impl ConnectionKind {
    pub const ALL: [Self; 3] = [Self::BigQuery, Self::Sftp, Self::Smtp];

    /// As in the column `kind` and in the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BigQuery => "bigquery",
            Self::Sftp => "sftp",
            Self::Smtp => "smtp",
        }
    }

    /// The fields that are sealed and never read back.
    #[must_use]
    pub const fn secret_fields(self) -> &'static [&'static str] {
        match self {
            Self::BigQuery => &["service_account_key"],
            Self::Sftp => &["password", "private_key", "passphrase"],
            Self::Smtp => &["password"],
        }
    }
}

/// An entry of the column `connection.secrets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSecret {
    pub sealed: Sealed,
    pub updated_at: DateTime<Utc>,
}

/// Where a connection's secret is sealed for; `row` is `<kind>.<field>`.
#[must_use]
pub const fn secret_place(tenant: TenantId, row: &str) -> Place<'_> {
    Place { tenant, table: "connection", column: "secrets", row }
}

/// A row of the table, on its way to a typed connection.
pub(super) struct StoredConnection {
    pub(super) tenant: TenantId,
    pub(super) kind: ConnectionKind,
    pub(super) settings: Value,
    pub(super) secrets: BTreeMap<String, StoredSecret>,
}

impl StoredConnection {
    pub(super) fn settings<T: DeserializeOwned>(&self) -> Result<T, TenantConfigError> {
        T::deserialize(&self.settings).map_err(TenantConfigError::Malformed)
    }

    pub(super) fn secret(
        &self,
        keyring: &Keyring,
        field: &str,
    ) -> Result<Option<Secret>, TenantConfigError> {
        let row = format!("{}.{field}", self.kind.as_str());
        self.secrets
            .get(field)
            .map(|stored| keyring.open(&secret_place(self.tenant, &row), &stored.sealed))
            .transpose()
            .map_err(|source| TenantConfigError::Secret { field: row, source })
    }
}
