//! Moves sealed values under the active key-encryption key, while everyone goes on working.

use common::auth::every_tenant;
use common::crypto::Sealed;
use common::kernel::{KeyId, TenantScope};
use common::tenant_config::secret_place;

use super::App;
use super::keys::place;
use crate::error::Error;
use crate::store::configuration::{self, ConnectionRow, Lock};
use crate::store::signing_key;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Values that are under the active key now and were not before.
    pub moved: u64,
    /// Values that do not open, for lack of their key or because they were tampered with.
    pub failed: u64,
}

/// Goes through the secrets of every tenant and the signing keys. Only the wrapping of the data
/// key changes; the values stay as they are. May run as often as anyone likes, anywhere.
///
/// # Errors
/// What the database refused.
#[expect(clippy::disallowed_methods, reason = "keys are replaced for all tenants")]
pub async fn rewrap(app: &App) -> Result<Rewrapped, Error> {
    let mut done = Rewrapped::default();
    signing_keys(app, &mut done).await?;
    for scope in every_tenant(&app.db).await? {
        connections(app, &scope, &mut done).await?;
    }
    if done != Rewrapped::default() {
        tracing::info!(moved = done.moved, failed = done.failed, "sealed values re-wrapped");
    }
    Ok(done)
}

async fn connections(app: &App, scope: &TenantScope, done: &mut Rewrapped) -> Result<(), Error> {
    let mut tx = app.db.tenant(scope).await?;
    let active = app.keyring.active_id();
    let outdated = |connection: &ConnectionRow| {
        connection.secrets.values().any(|secret| secret.sealed.key_id() != active)
    };
    // Nearly always there is nothing to do, and nobody has to wait for that.
    if !configuration::connections(&mut tx).await?.values().any(outdated) {
        return Ok(());
    }
    // A change of the configuration waits for us, and we for it.
    configuration::settings(&mut tx, Lock::ForChange).await?;
    let before = done.moved;
    for (kind, mut connection) in configuration::connections(&mut tx).await? {
        let moved_before = done.moved;
        for (field, secret) in &mut connection.secrets {
            let row = format!("{}.{field}", kind.as_str());
            match app.keyring.rewrap(&secret_place(scope.tenant_id(), &row), &secret.sealed) {
                Ok(Some(sealed)) => {
                    secret.sealed = sealed;
                    done.moved += 1;
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(tenant.id = %scope.tenant_id(), row, %error, "not re-wrapped");
                    done.failed += 1;
                }
            }
        }
        if done.moved > moved_before {
            configuration::save_secrets(&mut tx, kind, &connection.secrets).await?;
        }
    }
    if done.moved > before {
        tx.commit().await?;
    }
    Ok(())
}

async fn signing_keys(app: &App, done: &mut Rewrapped) -> Result<(), Error> {
    let mut tx = app.db.identity().await?;
    for key in signing_key::all(&mut tx).await? {
        let id = KeyId::from_uuid(key.key_id).to_string();
        let rewrapped = serde_json::from_value::<Sealed>(key.sealed_private)
            .map_err(|error| error.to_string())
            .and_then(|sealed| {
                app.keyring.rewrap(&place(&id), &sealed).map_err(|error| error.to_string())
            });
        match rewrapped {
            Ok(Some(sealed)) => {
                let sealed = serde_json::to_value(&sealed)?;
                signing_key::save_sealed(&mut tx, key.key_id, &sealed).await?;
                done.moved += 1;
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(key.id = id, error, "not re-wrapped");
                done.failed += 1;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}
