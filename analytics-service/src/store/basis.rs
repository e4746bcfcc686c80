//! What an answer stands on, read in one round trip: property, zone, settings, versions and which
//! days are loaded. No rollup is touched.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use serde_json::Value;

/// The state of one property over the days of a question.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BasisRow {
    /// None when the tenant has no (such) property.
    pub property_id: Option<i64>,
    pub time_zone: String,
    pub document: Option<Value>,
    pub setting_version: i64,
    pub master_version: i64,
    /// Sum of the versions of the days in the range.
    pub data_version: i64,
    pub last_success_at: Option<DateTime<Utc>>,
    pub loaded: Vec<NaiveDate>,
    pub provisional: Vec<NaiveDate>,
    pub complete_through: Option<NaiveDate>,
    /// Days whose newest load failed for good.
    pub failed_days: Option<Vec<NaiveDate>>,
    /// When the newest of these failed, or the newest look at the source.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why.
    pub failure_code: Option<String>,
    /// Whether the source could not be looked at since it last answered.
    pub source_failed: Option<bool>,
}

/// What rises when something behind an answer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Versions {
    pub property_id: i64,
    pub property_version: i64,
    pub setting_version: i64,
    pub master_version: i64,
}

/// `$1` tenant, `$2` property or NULL.
pub const VERSIONS: &str = "SELECT property_id, version AS property_version,
       coalesce((SELECT version FROM tenant_setting WHERE tenant_id = $1), 0) AS setting_version,
       coalesce((SELECT version FROM master_version WHERE tenant_id = $1), 0) AS master_version
     FROM property
     WHERE tenant_id = $1 AND ($2::bigint IS NULL OR property_id = $2)
     ORDER BY property_id LIMIT 2";

/// `$1` tenant, `$2` property or NULL, `$3` and `$4` range.
pub const BASIS: &str = include_str!("sql/basis.sql");

/// The versions of each property that fits, at most two.
///
/// # Errors
/// When the database refuses.
pub async fn versions(
    tx: &mut TenantTx,
    property_id: Option<i64>,
) -> Result<Vec<Versions>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(VERSIONS).bind(tenant).bind(property_id).fetch_all(tx.conn()).await?)
}

/// One row for each property that fits, at most two; one without property when none does.
///
/// # Errors
/// When the database refuses.
pub async fn read(
    tx: &mut TenantTx,
    property_id: Option<i64>,
    days: &DateRange,
) -> Result<Vec<BasisRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(BASIS)
        .bind(tenant)
        .bind(property_id)
        .bind(days.first())
        .bind(days.last())
        .fetch_all(tx.conn())
        .await?)
}
