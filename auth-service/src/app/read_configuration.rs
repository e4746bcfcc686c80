//! Shows a tenant's configuration, secrets masked.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::db::TenantTx;
use common::kernel::TenantScope;
use common::tenant_config::{
    BigQuerySettings, ConnectionKind, SftpSettings, SmtpSettings, TenantConfigError, TenantSettings,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use crate::error::Error;
use crate::store::configuration::{self, ConnectionRow, Lock};

/// What may be shown.
#[derive(Debug, Clone)]
pub struct Configuration {
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    /// Settings and connections; each secret as whether and when it was set.
    pub document: Value,
}

/// # Errors
/// When the tenant has none, or the database is away.
pub async fn read_configuration(app: &App, scope: &TenantScope) -> Result<Configuration, Error> {
    let mut tx = app.db.tenant(scope).await?;
    shown(&mut tx).await
}

pub(super) async fn shown(tx: &mut TenantTx) -> Result<Configuration, Error> {
    let settings =
        configuration::settings(tx, Lock::None).await?.ok_or(TenantConfigError::Missing)?;
    let connections = configuration::connections(tx).await?;
    // Through its type, so that fields younger than the row show their defaults.
    let typed: TenantSettings = serde_json::from_value(settings.document)?;
    let mut document = serde_json::to_value(typed)?;
    document["connections"] = masked(&connections)?;
    Ok(Configuration { version: settings.version, updated_at: settings.updated_at, document })
}

fn masked(connections: &BTreeMap<ConnectionKind, ConnectionRow>) -> serde_json::Result<Value> {
    let mut all = json!({});
    for (kind, connection) in connections {
        let mut shown = complete(*kind, &connection.settings)?;
        for field in kind.secret_fields() {
            shown[*field] = match connection.secrets.get(*field) {
                Some(secret) => json!({ "set": true, "updated_at": secret.updated_at }),
                None => json!({ "set": false, "updated_at": null }),
            };
        }
        all[kind.as_str()] = shown;
    }
    Ok(all)
}

/// Through their type too.
fn complete(kind: ConnectionKind, settings: &Value) -> serde_json::Result<Value> {
    match kind {
        ConnectionKind::BigQuery => serde_json::to_value(BigQuerySettings::deserialize(settings)?),
        ConnectionKind::Sftp => serde_json::to_value(SftpSettings::deserialize(settings)?),
        ConnectionKind::Smtp => serde_json::to_value(SmtpSettings::deserialize(settings)?),
    }
}
