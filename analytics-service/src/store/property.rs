//! Table `property`: which ones a tenant has.

use common::db::{DbError, TenantTx, sql};

/// The property that follows, in the order of their numbers.
///
/// # Errors
/// When the database refuses.
pub async fn next(tx: &mut TenantTx, after: Option<i64>) -> Result<Option<i64>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT min(property_id) FROM property
         WHERE tenant_id = $1 AND ($2::bigint IS NULL OR property_id > $2)",
    )
    .bind(tenant)
    .bind(after)
    .fetch_one(tx.conn())
    .await?)
}
