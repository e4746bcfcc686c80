//! Who has to be told when something of a tenant fails.

use crate::db::{Db, DbError, sql};
use crate::kernel::TenantId;

/// Addresses of the tenant's active owners and admins, each once.
///
/// # Errors
/// What the database refused.
pub async fn admin_addresses(db: &Db, tenant: TenantId) -> Result<Vec<String>, DbError> {
    let mut tx = db.lookup().await?;
    let addresses = sql::query_scalar(
        "SELECT DISTINCT p.email FROM membership m JOIN person p USING (person_id)
         WHERE m.tenant_id = $1 AND m.role IN ('owner', 'admin') AND m.state = 'active'
           AND p.email IS NOT NULL
         ORDER BY 1",
    )
    .bind(tenant.uuid())
    .fetch_all(tx.conn())
    .await?;
    Ok(addresses)
}
