//! Changes a tenant's configuration by a merge patch.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::db::TenantTx;
use common::events::{self, Event};
use common::tenant_config::{ConnectionKind, StoredSecret, TenantConfigError, secret_place};
use serde_json::{Value, json};

use super::read_configuration::{Configuration, shown};
use super::{App, Asker};
use crate::domain::configuration::{
    Document, KeyFile, SecretChange, SecretChanges, check, merge, read, split,
};
use crate::error::Error;
use crate::store::configuration::{self, ConnectionRow, Lock};

/// Applies `patch` when `accept` agrees with the version that is stored.
///
/// # Errors
/// What `accept` says, or what is wrong with the resulting document; then nothing changes.
pub async fn change_configuration<E>(
    app: &App,
    asker: Asker<'_>,
    mut patch: Value,
    accept: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Configuration, E>
where
    E: From<Error>,
{
    let secrets = split(&mut patch).map_err(Error::Invalid)?;
    let now = app.clock.now();
    let mut tx = app.db.tenant(&asker.caller.scope).await.map_err(Error::from)?;
    let stored = configuration::settings(&mut tx, Lock::ForChange)
        .await
        .map_err(Error::from)?
        .ok_or(Error::Configuration(TenantConfigError::Missing))?;
    accept(stored.version)?;
    let changed = apply(app, &mut tx, asker, &patch, secrets, stored.document, now).await?;
    let configuration = shown(&mut tx).await?;
    if changed {
        tx.commit().await.map_err(Error::from)?;
    }
    Ok(configuration)
}

/// True when anything is different now.
async fn apply(
    app: &App,
    tx: &mut TenantTx,
    asker: Asker<'_>,
    patch: &Value,
    secrets: SecretChanges,
    mut settings: Value,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let before = configuration::connections(tx).await?;
    let mut connections = json!({});
    for (kind, row) in &before {
        connections[kind.as_str()] = row.settings.clone();
    }
    settings["connections"] = connections;
    let old = read(settings.clone()).map_err(|issue| Error::Invalid(vec![issue]))?;
    merge(&mut settings, patch);
    let new = read(settings).map_err(|issue| Error::Invalid(vec![issue]))?;
    let mut issues = check(&new, &app.config.net);
    for (_, field, change) in &secrets.0 {
        if let (&"service_account_key", SecretChange::Set(text)) = (field, change) {
            issues.extend(KeyFile::check(text, &app.config.net).err());
        }
    }
    if !issues.is_empty() {
        return Err(Error::Invalid(issues));
    }
    let touched = touched_secrets(&secrets);
    let after = seal_all(app, tx, &new, &before, secrets, now)?;
    if old == new && after == before {
        return Ok(false);
    }
    let document = serde_json::to_value(&new.settings)?;
    let version =
        configuration::save_settings(tx, &document, asker.caller.person_id(), now).await?;
    for kind in ConnectionKind::ALL {
        if before.get(&kind) != after.get(&kind) {
            configuration::save_connection(tx, kind, after.get(&kind), now).await?;
        }
    }
    let (fields, actor) = (fields(patch), asker.caller.actor());
    let event = Event {
        kind: "tenant.config_changed",
        schema_version: 1,
        source: "auth-service",
        aggregate_type: "tenant_configuration",
        aggregate_id: tx.tenant().to_string(),
        sequence: version,
        actor: &actor,
        payload: json!({ "version": version, "changed": fields, "settings": document }),
    };
    events::publish(tx, &event).await?;
    let mut detail = json!({ "version": version, "fields": fields, "secrets": touched });
    if trusts_any(&old) != trusts_any(&new) {
        // The one setting that gives up a protection is told by its value.
        detail["trust_any_host_key"] = json!(trusts_any(&new));
    }
    asker.record(tx, "configuration.changed", "configuration", detail).await?;
    Ok(true)
}

/// The connections to be: settings of the new document, secrets kept, cleared or sealed anew.
fn seal_all(
    app: &App,
    tx: &TenantTx,
    new: &Document,
    before: &BTreeMap<ConnectionKind, ConnectionRow>,
    changes: SecretChanges,
    now: DateTime<Utc>,
) -> Result<BTreeMap<ConnectionKind, ConnectionRow>, Error> {
    let wanted = serde_json::to_value(&new.connections)?;
    let mut after = BTreeMap::new();
    for kind in ConnectionKind::ALL {
        if let Some(settings) = wanted.get(kind.as_str()) {
            let secrets = before.get(&kind).map(|row| row.secrets.clone()).unwrap_or_default();
            after.insert(kind, ConnectionRow { settings: settings.clone(), secrets });
        }
    }
    for (kind, field, change) in changes.0 {
        let Some(connection) = after.get_mut(&kind) else { continue };
        match change {
            SecretChange::Clear => {
                connection.secrets.remove(field);
            }
            SecretChange::Set(text) => {
                let row = format!("{}.{field}", kind.as_str());
                let place = secret_place(tx.scope().tenant_id(), &row);
                let sealed = app.keyring.seal(&place, &text)?;
                let stored = StoredSecret { sealed, updated_at: now };
                connection.secrets.insert(field.to_owned(), stored);
            }
        }
    }
    Ok(after)
}

/// Whether the file drop may be any server that answers.
fn trusts_any(document: &Document) -> bool {
    document.connections.sftp.as_ref().is_some_and(|sftp| sftp.trust_any_host_key)
}

/// Names only: values may be anyone's business data.
fn fields(patch: &Value) -> Vec<&str> {
    patch.as_object().map(|fields| fields.keys().map(String::as_str).collect()).unwrap_or_default()
}

fn touched_secrets(secrets: &SecretChanges) -> Vec<String> {
    secrets.0.iter().map(|(kind, field, _)| format!("{}.{field}", kind.as_str())).collect()
}
