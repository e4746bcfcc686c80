//! Table `location`, beside what the rollups observed.

use common::db::{DbError, TenantTx, sql};

/// A location of the master data.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LocationRow {
    pub code: String,
    pub name: String,
    pub city: Option<String>,
    pub email: Option<String>,
    /// Still in the newest master data.
    pub active: bool,
}

/// Whether master data or any loaded day of the property knows the code.
///
/// # Errors
/// When the database refuses.
pub async fn known(tx: &mut TenantTx, property_id: i64, code: &str) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT EXISTS (SELECT FROM location WHERE tenant_id = $1 AND code = $3)
             OR EXISTS (SELECT FROM day_rollup
                        WHERE tenant_id = $1 AND property_id = $2 AND location = $3)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(code)
    .fetch_one(tx.conn())
    .await?)
}

/// Every location, by code.
///
/// # Errors
/// When the database refuses.
pub async fn all(tx: &mut TenantTx) -> Result<Vec<LocationRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT code, name, city, email, active FROM location
         WHERE tenant_id = $1 ORDER BY code",
    )
    .bind(tenant)
    .fetch_all(tx.conn())
    .await?)
}

/// One location, in use or not.
///
/// # Errors
/// When the database refuses.
pub async fn find(tx: &mut TenantTx, code: &str) -> Result<Option<LocationRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT code, name, city, email, active FROM location WHERE tenant_id = $1 AND code = $2",
    )
    .bind(tenant)
    .bind(code)
    .fetch_optional(tx.conn())
    .await?)
}
