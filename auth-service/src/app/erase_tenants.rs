//! The end of tenants whose grace period is over.

use common::audit::{self, Entry};
use common::erasure;

use super::App;
use crate::error::Error;
use crate::store::tenant;

/// Erases this service's rows of each, and closes those of which nobody's rows are left. How many
/// were closed comes back.
///
/// # Errors
/// When the database is away; the next round goes on.
pub async fn erase_tenants(app: &App) -> Result<u64, Error> {
    let mut closed = 0;
    for scope in erasure::due(&app.db, app.clock.now()).await? {
        erasure::erase(&app.db, &scope).await?;
        if erasure::anything_left(&app.db, &scope).await? {
            continue;
        }
        let mut tx = app.db.tenant(&scope).await?;
        tenant::close(&mut tx).await?;
        audit::record(&mut tx, &Entry::done("operator", "tenant.deleted", "tenant")).await?;
        tx.commit().await?;
        tracing::info!(tenant.id = %scope.tenant_id(), "tenant deleted");
        closed += 1;
    }
    Ok(closed)
}
