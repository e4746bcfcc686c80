//! `auth-service audit`: the audit trail of a tenant, for operators.

use clap::Args;
use common::audit::{Filter, list};
use common::boot::Running;
use poem_openapi::types::ToJSON;

use super::tenant::scope_of_slug;
use super::value::slug;
use crate::config::Config;
use crate::wire::AuditEntry;

/// What `audit` is told.
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// The tenant's short name; `system` holds what belongs to no tenant, such as refused logins.
    #[arg(long, value_name = "SLUG", value_parser = slug)]
    tenant: String,
    /// Such as `login.refused`.
    #[arg(long)]
    action: Option<String>,
    /// How many lines, newest first.
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

/// Prints one JSON object a line.
///
/// # Errors
/// When the tenant is unknown or the database is away.
pub(super) async fn audit(running: Running<Config>, arguments: AuditArgs) -> anyhow::Result<()> {
    let scope = scope_of_slug(&running.db, &arguments.tenant).await?;
    let mut tx = running.db.tenant(&scope).await?;
    let filter = Filter { action: arguments.action, ..Filter::default() };
    for line in list(&mut tx, &filter, None, arguments.limit.into()).await? {
        println!("{}", AuditEntry::from(line).to_json_string());
    }
    Ok(())
}
