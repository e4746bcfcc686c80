//! Moves sealed secrets of endpoints under the active key-encryption key. auth-service does so with its own tables.

use common::auth::every_tenant;
use common::crypto::{Keyring, OpenError, Sealed};
use common::db::{Db, DbError};
use common::kernel::TenantScope;
use sqlx::types::Json;

use super::secrets::place;
use crate::store::webhook_endpoint::{self, EndpointRow};

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Endpoints whose secrets are under the active key now and were not before.
    pub moved: u64,
    /// Endpoints with a secret that does not open.
    pub failed: u64,
}

/// Goes through the endpoints of every tenant. The secrets stay as they are.
///
/// # Errors
/// What the database refused.
#[expect(clippy::disallowed_methods, reason = "keys are replaced for all tenants")]
pub async fn rewrap(db: &Db, keyring: &Keyring) -> Result<Rewrapped, DbError> {
    let mut done = Rewrapped::default();
    for scope in every_tenant(db).await? {
        endpoints(db, keyring, &scope, &mut done).await?;
    }
    Ok(done)
}

async fn endpoints(
    db: &Db,
    keyring: &Keyring,
    scope: &TenantScope,
    done: &mut Rewrapped,
) -> Result<(), DbError> {
    let mut tx = db.tenant(scope).await?;
    // Nearly always there is nothing to do, and nobody has to wait for that.
    let all = webhook_endpoint::list(&mut tx).await?;
    let outdated: Vec<_> = all.into_iter().filter(|row| !under(row, keyring.active_id())).collect();
    for row in &outdated {
        let id = row.webhook_endpoint_id;
        let Some(row) = webhook_endpoint::lock(&mut tx, id).await? else { continue };
        match rewrapped(row, keyring, scope) {
            Ok(row) => {
                webhook_endpoint::update(&mut tx, &row).await?;
                done.moved += 1;
            }
            Err(error) => {
                tracing::error!(tenant.id = %scope.tenant_id(), endpoint.id = %id, %error, "not re-wrapped");
                done.failed += 1;
            }
        }
    }
    if !outdated.is_empty() {
        tx.commit().await?;
    }
    Ok(())
}

fn under(row: &EndpointRow, active: &str) -> bool {
    std::iter::once(&row.secret).chain(&row.previous_secret).all(|sealed| sealed.key_id() == active)
}

fn rewrapped(
    row: EndpointRow,
    keyring: &Keyring,
    scope: &TenantScope,
) -> Result<EndpointRow, OpenError> {
    let id = row.webhook_endpoint_id.to_string();
    let place = place(scope.tenant_id(), &id);
    let moved = |sealed: Json<Sealed>| -> Result<Json<Sealed>, OpenError> {
        Ok(keyring.rewrap(&place, &sealed)?.map_or(sealed, Json))
    };
    Ok(EndpointRow {
        secret: moved(row.secret)?,
        previous_secret: row.previous_secret.map(moved).transpose()?,
        ..row
    })
}
