//! The end of tenants whose grace period is over.

use common::audit::{self, Entry};
use common::erasure;
use common::kernel::TenantScope;

use super::App;
use crate::error::Error;
use crate::store::tenant;

/// Erases this service's rows of each, and closes those of which nobody's rows are left. How many
/// were closed comes back.
///
/// # Errors
/// When the database is away; the next round goes on. A tenant that cannot be erased keeps no other.
pub async fn erase_tenants(app: &App) -> Result<u64, Error> {
    let mut closed = 0;
    for scope in erasure::due(&app.db, app.clock.now()).await? {
        let tenant = scope.tenant_id();
        match erase(app, &scope).await {
            Ok(false) => {}
            Ok(true) => {
                tracing::info!(tenant.id = %tenant, "tenant deleted");
                closed += 1;
            }
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::error!(tenant.id = %tenant, error, "a deleted tenant is not erased");
                app.db.ping().await?;
            }
        }
    }
    Ok(closed)
}

/// True when the tenant was closed.
async fn erase(app: &App, scope: &TenantScope) -> Result<bool, Error> {
    erasure::erase(&app.db, scope).await?;
    if erasure::anything_left(&app.db, scope).await? {
        return Ok(false);
    }
    let mut tx = app.db.tenant(scope).await?;
    tenant::close(&mut tx).await?;
    audit::record(&mut tx, &Entry::done("operator", "tenant.deleted", "tenant")).await?;
    tx.commit().await?;
    Ok(true)
}
