//! Suspends, resumes, renames and deletes a tenant, at an operator's word; renames it at an admin's.

use common::audit::{self, Entry};
use common::db::{Db, TenantTx};
use common::kernel::{SharedClock, TenantScope};
use serde_json::json;

use super::{App, Asker};
use crate::domain::tenant_life::{Wish, next};
use crate::error::Error;
use crate::store::tenant::{self, TenantRow};

/// # Errors
/// When there is no such tenant, it is the system's own, or its grace period is over.
pub async fn change_tenant_state(
    db: &Db,
    clock: &SharedClock,
    scope: &TenantScope,
    wish: Wish,
) -> Result<TenantRow, Error> {
    if *scope == TenantScope::SYSTEM {
        return Err(Error::ReservedSlug);
    }
    let mut tx = db.tenant(scope).await?;
    let before = tenant::lock(&mut tx).await?;
    let after = next(before.life(), wish, clock.now()).map_err(|_| Error::TenantGone)?;
    if let Some((state, delete_after)) = after {
        tenant::set_life(&mut tx, state, delete_after).await?;
        let action = match wish {
            Wish::Suspend => "tenant.suspended",
            Wish::Resume => "tenant.resumed",
            Wish::Delete { .. } => "tenant.deletion_requested",
        };
        let detail = json!({ "before": before.state, "delete_after": delete_after });
        let entry = Entry { detail, ..Entry::done("operator", action, "tenant") };
        audit::record(&mut tx, &entry).await?;
    }
    let shown = tenant::find(&mut tx).await?;
    tx.commit().await?;
    Ok(shown)
}

/// # Errors
/// What the database refused.
pub async fn rename_tenant(app: &App, asker: Asker<'_>, name: &str) -> Result<TenantRow, Error> {
    let mut tx = app.db.tenant(&asker.caller.scope).await?;
    if let Some(before) = rename(&mut tx, name).await? {
        let detail = json!({ "before": before, "after": name });
        asker.record(&mut tx, "tenant.renamed", "tenant", detail).await?;
    }
    let shown = tenant::find(&mut tx).await?;
    tx.commit().await?;
    Ok(shown)
}

/// As [`rename_tenant`].
///
/// # Errors
/// What the database refused.
pub async fn rename_tenant_as_operator(
    db: &Db,
    scope: &TenantScope,
    name: &str,
) -> Result<(), Error> {
    let mut tx = db.tenant(scope).await?;
    if let Some(before) = rename(&mut tx, name).await? {
        let detail = json!({ "before": before, "after": name });
        let entry = Entry { detail, ..Entry::done("operator", "tenant.renamed", "tenant") };
        audit::record(&mut tx, &entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The name before; none when it is the same.
async fn rename(tx: &mut TenantTx, name: &str) -> Result<Option<String>, Error> {
    let before = tenant::lock(tx).await?.name;
    if before == name {
        return Ok(None);
    }
    tenant::rename(tx, name).await?;
    Ok(Some(before))
}

/// # Errors
/// When the database is away.
pub async fn show_tenant(app: &App, scope: &TenantScope) -> Result<TenantRow, Error> {
    let mut tx = app.db.tenant(scope).await?;
    Ok(tenant::find(&mut tx).await?)
}
