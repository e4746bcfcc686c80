//! Everything this service keeps about a tenant, in one document, without secrets.

use chrono::{DateTime, Utc};
use common::audit::{self, Entry};
use common::db::TenantTx;
use common::kernel::TenantScope;
use serde_json::json;

use super::read_configuration::shown;
use super::{
    App, Asker, Configuration, Member, ShownInvitation, ShownKey, list_api_keys, list_invitations,
    list_members,
};
use crate::error::Error;
use crate::store::tenant::{self, TenantRow};

/// More than any tenant has.
const ALL: i64 = 1_000_000;

/// Configuration and accounts of a tenant. Its facts come from its own BigQuery and files.
#[derive(Debug)]
pub struct TenantExport {
    pub exported_at: DateTime<Utc>,
    pub tenant: TenantRow,
    pub configuration: Configuration,
    pub members: Vec<Member>,
    pub invitations: Vec<ShownInvitation>,
    pub api_keys: Vec<ShownKey>,
}

/// For an owner.
///
/// # Errors
/// When the tenant has no configuration, or the database is away.
pub async fn export_tenant(app: &App, asker: Asker<'_>) -> Result<TenantExport, Error> {
    let scope = &asker.caller.scope;
    let mut tx = app.db.tenant(scope).await?;
    asker.record(&mut tx, "tenant.exported", "tenant", json!({})).await?;
    collect(app, scope, tx).await
}

/// For an operator.
///
/// # Errors
/// As [`export_tenant`].
pub async fn export_tenant_as_operator(
    app: &App,
    scope: &TenantScope,
) -> Result<TenantExport, Error> {
    let mut tx = app.db.tenant(scope).await?;
    audit::record(&mut tx, &Entry::done("operator", "tenant.exported", "tenant")).await?;
    collect(app, scope, tx).await
}

async fn collect(app: &App, scope: &TenantScope, mut tx: TenantTx) -> Result<TenantExport, Error> {
    let tenant = tenant::find(&mut tx).await?;
    let configuration = shown(&mut tx).await?;
    tx.commit().await?;
    Ok(TenantExport {
        exported_at: app.clock.now(),
        tenant,
        configuration,
        members: list_members(app, scope, None, ALL).await?,
        invitations: list_invitations(app, scope, None, ALL).await?,
        api_keys: list_api_keys(app, scope, None, ALL).await?,
    })
}
