//! Has a connection tried by the service that owns its adapter, with values that need not be saved.

use std::collections::BTreeMap;

use common::auth::{ISSUER, SERVICE_TOKEN_LIFETIME, ServiceClaims};
use common::connection_test::{ConnectionReport, ConnectionValues, TestedDataset};
use common::kernel::{TenantId, TenantScope};
use common::tenant_config::{ConnectionKind, TenantConfigError, secret_place};
use serde_json::{Value, json};

use super::App;
use crate::adapters::services::owner;
use crate::domain::configuration::{
    Document, KeyFile, SecretChange, SecretChanges, check, merge, read, split,
};
use crate::domain::issue::Issue;
use crate::error::Error;
use crate::store::configuration::{self, ConnectionRow, Lock};

/// This service, as it names itself to others.
const ASKING: &str = "auth-service";

/// Tries the tenant's connection with `unsaved` laid over what is saved, as a change of the configuration would.
/// Stores nothing.
///
/// # Errors
/// What is wrong with the values, by pointers into `unsaved`; or that the other service is away.
pub async fn test_connection(
    app: &App,
    scope: &TenantScope,
    kind: ConnectionKind,
    unsaved: Value,
) -> Result<ConnectionReport, Error> {
    let mut patch = json!({ "connections": { kind.as_str(): unsaved } });
    let changes = split(&mut patch).map_err(|issues| invalid(kind, issues))?;
    let (settings, saved) = stored(app, scope, kind).await?;
    let document = laid_over(settings, saved.as_ref(), kind, &patch)
        .and_then(|document| acceptable(app, document, kind, &changes))
        .map_err(|issues| invalid(kind, issues))?;
    let values = ConnectionValues {
        settings: serde_json::to_value(&document.connections)?[kind.as_str()].take(),
        secrets: secrets(app, scope.tenant_id(), kind, saved, changes)?,
        datasets: datasets(&document),
    };
    let now = app.clock.now();
    let claims = ServiceClaims {
        iss: ISSUER.to_owned(),
        aud: owner(kind).to_owned(),
        sub: ASKING.to_owned(),
        tid: scope.tenant_id(),
        iat: now.timestamp(),
        exp: (now + SERVICE_TOKEN_LIFETIME).timestamp(),
    };
    let token = app.signer.sign_for_service(&claims).await?;
    Ok(app.services.test_connection(kind, &token, &values).await?)
}

async fn stored(
    app: &App,
    scope: &TenantScope,
    kind: ConnectionKind,
) -> Result<(Value, Option<ConnectionRow>), Error> {
    let mut tx = app.db.tenant(scope).await?;
    let settings =
        configuration::settings(&mut tx, Lock::None).await?.ok_or(TenantConfigError::Missing)?;
    let saved = configuration::connections(&mut tx).await?.remove(&kind);
    Ok((settings.document, saved))
}

/// The document as it would be, with no other connection than this.
fn laid_over(
    mut settings: Value,
    saved: Option<&ConnectionRow>,
    kind: ConnectionKind,
    patch: &Value,
) -> Result<Document, Vec<Issue>> {
    settings["connections"] = match saved {
        Some(row) => json!({ kind.as_str(): row.settings }),
        None => json!({}),
    };
    merge(&mut settings, patch);
    read(settings).map_err(|issue| vec![issue])
}

fn acceptable(
    app: &App,
    document: Document,
    kind: ConnectionKind,
    changes: &SecretChanges,
) -> Result<Document, Vec<Issue>> {
    let own = prefix(kind);
    let mut issues: Vec<Issue> = check(&document, &app.config.net)
        .into_iter()
        .filter(|issue| issue.pointer.starts_with(&own))
        .collect();
    for (_, field, change) in &changes.0 {
        if let (&"service_account_key", SecretChange::Set(text)) = (field, change) {
            issues.extend(KeyFile::check(text, &app.config.net).err());
        }
    }
    if issues.is_empty() { Ok(document) } else { Err(issues) }
}

/// Saved secrets, but for those that came with the request.
fn secrets(
    app: &App,
    tenant: TenantId,
    kind: ConnectionKind,
    saved: Option<ConnectionRow>,
    changes: SecretChanges,
) -> Result<BTreeMap<String, String>, Error> {
    let mut secrets = BTreeMap::new();
    for (field, stored) in saved.into_iter().flat_map(|row| row.secrets) {
        let row = format!("{}.{field}", kind.as_str());
        let text = app.keyring.open(&secret_place(tenant, &row), &stored.sealed)?;
        secrets.insert(field, text.expose().to_owned());
    }
    for (_, field, change) in changes.0 {
        match change {
            SecretChange::Set(text) => secrets.insert(field.to_owned(), text.expose().to_owned()),
            SecretChange::Clear => secrets.remove(field),
        };
    }
    Ok(secrets)
}

fn datasets(document: &Document) -> Vec<TestedDataset> {
    let mut datasets: Vec<TestedDataset> = Vec::new();
    for property in &document.settings.properties {
        let tested =
            TestedDataset { project: property.project.clone(), dataset: property.dataset.clone() };
        if !datasets.contains(&tested) {
            datasets.push(tested);
        }
    }
    datasets
}

fn prefix(kind: ConnectionKind) -> String {
    format!("/connections/{}", kind.as_str())
}

/// The request's body is the connection alone.
fn invalid(kind: ConnectionKind, issues: Vec<Issue>) -> Error {
    let own = prefix(kind);
    let inside = |mut issue: Issue| {
        if let Some(pointer) = issue.pointer.strip_prefix(&own) {
            issue.pointer = pointer.to_owned();
        }
        issue
    };
    Error::InvalidConnection(issues.into_iter().map(inside).collect())
}
