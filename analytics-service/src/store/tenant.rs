//! Table `tenant`: the name a report bears.

use common::db::{DbError, TenantTx, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TenantRow {
    pub slug: String,
    pub name: String,
}

/// The transaction's own tenant.
///
/// # Errors
/// When the database refuses.
pub async fn own(tx: &mut TenantTx) -> Result<TenantRow, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as("SELECT slug, name FROM tenant WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_one(tx.conn())
        .await?)
}
