//! Reading a tenant's configuration.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

use super::connection::StoredConnection;
use super::{
    BigQueryConnection, ConnectionKind, SftpConnection, SmtpConnection, StoredSecret,
    TenantSettings,
};
use crate::crypto::{Keyring, OpenError};
use crate::db::{DbError, TenantTx, sql};

/// A configuration could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TenantConfigError {
    #[error("the tenant has no configuration")]
    Missing,
    /// Written by a newer version of the service, or by hand.
    #[error("the stored configuration is not of a known form")]
    Malformed(#[source] serde_json::Error),
    #[error("the secret {field} does not open")]
    Secret {
        field: String,
        #[source]
        source: OpenError,
    },
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for TenantConfigError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// The settings and the version that an ETag or a cached answer depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionedSettings {
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    pub settings: TenantSettings,
}

/// Settings and connections.
#[derive(Debug, Clone)]
pub struct TenantConfig {
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    pub settings: TenantSettings,
    pub connections: Connections,
}

/// Those that were configured.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    pub bigquery: Option<BigQueryConnection>,
    pub sftp: Option<SftpConnection>,
    pub smtp: Option<SmtpConnection>,
}

impl VersionedSettings {
    /// The transaction's tenant's settings, without connections.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    pub async fn load(tx: &mut TenantTx) -> Result<Self, TenantConfigError> {
        let tenant = tx.tenant();
        let row: Option<(i64, DateTime<Utc>, Value)> = sql::query_as(
            "SELECT version, updated_at, document FROM tenant_setting WHERE tenant_id = $1",
        )
        .bind(tenant)
        .fetch_optional(tx.conn())
        .await?;
        let (version, updated_at, document) = row.ok_or(TenantConfigError::Missing)?;
        let settings = serde_json::from_value(document).map_err(TenantConfigError::Malformed)?;
        Ok(Self { version, updated_at, settings })
    }
}

impl TenantConfig {
    /// The transaction's tenant's whole configuration, secrets opened.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub async fn load(tx: &mut TenantTx, keyring: &Keyring) -> Result<Self, TenantConfigError> {
        let VersionedSettings { version, updated_at, settings } =
            VersionedSettings::load(tx).await?;
        let connections = Connections::load(tx, keyring).await?;
        Ok(Self { version, updated_at, settings, connections })
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    settings: Value,
    secrets: Json<BTreeMap<String, StoredSecret>>,
}

impl Connections {
    /// The transaction's tenant's connections, secrets opened.
    ///
    /// # Errors
    /// When a row is not of a known form, or a secret does not open.
    pub async fn load(tx: &mut TenantTx, keyring: &Keyring) -> Result<Self, TenantConfigError> {
        let tenant = tx.scope().tenant_id();
        let rows: Vec<Row> =
            sql::query_as("SELECT kind, settings, secrets FROM connection WHERE tenant_id = $1")
                .bind(tenant.uuid())
                .fetch_all(tx.conn())
                .await?;
        let mut connections = Self::default();
        for Row { kind, settings, secrets: Json(secrets) } in rows {
            let Some(kind) = ConnectionKind::ALL.into_iter().find(|k| k.as_str() == kind) else {
                continue;
            };
            let stored = StoredConnection { tenant, kind, settings, secrets };
            match kind {
                ConnectionKind::BigQuery => {
                    connections.bigquery = Some(BigQueryConnection::open(&stored, keyring)?);
                }
                ConnectionKind::Sftp => {
                    connections.sftp = Some(SftpConnection::open(&stored, keyring)?);
                }
                ConnectionKind::Smtp => {
                    connections.smtp = Some(SmtpConnection::open(&stored, keyring)?);
                }
            }
        }
        Ok(connections)
    }
}
