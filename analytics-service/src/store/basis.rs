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
    Ok(sql::query_as(include_str!("sql/basis.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(days.first())
        .bind(days.last())
        .fetch_all(tx.conn())
        .await?)
}
