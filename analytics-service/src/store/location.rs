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

/// The first locations by code, at most `most`.
///
/// # Errors
/// When the database refuses.
pub async fn first(tx: &mut TenantTx, most: i64) -> Result<Vec<LocationRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT code, name, city, email, active FROM location
         WHERE tenant_id = $1 ORDER BY code LIMIT $2",
    )
    .bind(tenant)
    .bind(most)
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
