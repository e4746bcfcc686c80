//! Reads the audit trail of a tenant.

use chrono::{DateTime, Utc};
use common::audit::{self, Filter, Recorded};
use common::kernel::TenantScope;
use uuid::Uuid;

use super::App;
use crate::error::Error;

/// Newest first.
///
/// # Errors
/// When the database is away.
pub async fn audit_trail(
    app: &App,
    scope: &TenantScope,
    filter: &Filter,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Vec<Recorded>, Error> {
    let mut tx = app.db.tenant(scope).await?;
    Ok(audit::list(&mut tx, filter, after, limit).await?)
}
