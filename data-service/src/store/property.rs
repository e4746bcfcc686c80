//! Table `property`: what is known of a GA4 property, its zones and its counters.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use common::db::{DbError, TenantTx, sql};

/// A property as the tenant configured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyRow {
    pub property_id: i64,
    pub dataset: String,
    pub time_zone: String,
    /// First day the zone holds; earlier days keep the zone they had.
    pub valid_from: NaiveDate,
}

/// Makes the property known, or follows its configuration.
///
/// # Errors
/// When the database refuses.
pub async fn upsert(tx: &mut TenantTx, row: &PropertyRow) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO property (tenant_id, property_id, dataset) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id, property_id) DO UPDATE SET dataset = excluded.dataset
         WHERE property.dataset <> excluded.dataset",
    )
    .bind(tenant)
    .bind(row.property_id)
    .bind(&row.dataset)
    .execute(tx.conn())
    .await?;
    sql::query(
        "INSERT INTO property_zone (tenant_id, property_id, valid_from, time_zone)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, property_id, valid_from) DO UPDATE SET time_zone = excluded.time_zone
         WHERE property_zone.time_zone <> excluded.time_zone",
    )
    .bind(tenant)
    .bind(row.property_id)
    .bind(row.valid_from)
    .bind(&row.time_zone)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The zone that holds on `date`; before the first known one, that one.
///
/// # Errors
/// When the database refuses.
pub async fn zone(tx: &mut TenantTx, property_id: i64, date: NaiveDate) -> Result<Tz, DbError> {
    let tenant = tx.tenant();
    let zone: Option<String> = sql::query_scalar(
        "SELECT time_zone FROM property_zone WHERE tenant_id = $1 AND property_id = $2
         ORDER BY valid_from > $3, abs(valid_from - $3) LIMIT 1",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .fetch_optional(tx.conn())
    .await?;
    Ok(zone.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC))
}

/// When all days of the property were last compared with the source.
///
/// # Errors
/// When the property is unknown or the database refuses.
pub async fn compared_all_at(
    tx: &mut TenantTx,
    property_id: i64,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "SELECT compared_all_at FROM property WHERE tenant_id = $1 AND property_id = $2",
    )
    .bind(tenant)
    .bind(property_id)
    .fetch_one(tx.conn())
    .await?)
}

/// Records that all days of these properties were compared.
///
/// # Errors
/// When the database refuses.
pub async fn compared_all(
    tx: &mut TenantTx,
    properties: &[i64],
    at: DateTime<Utc>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE property SET compared_all_at = $3
         WHERE tenant_id = $1 AND property_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(properties)
    .bind(at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records that the sources of these properties were looked at, by the clock that also dates what
/// failed.
///
/// # Errors
/// When the database refuses.
pub async fn looked_at(tx: &mut TenantTx, properties: &[i64]) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE property SET looked_at = now() WHERE tenant_id = $1 AND property_id = ANY ($2)",
    )
    .bind(tenant)
    .bind(properties)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records whether complete tables of the property stay away; answers whether that is new.
///
/// # Errors
/// When the database refuses.
pub async fn daily_missing(
    tx: &mut TenantTx,
    property_id: i64,
    missing: bool,
    at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let changed = sql::query(
        "UPDATE property SET daily_missing_since = CASE WHEN $3 THEN $4 END
         WHERE tenant_id = $1 AND property_id = $2 AND (daily_missing_since IS NOT NULL) <> $3",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(missing)
    .bind(at)
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Serialises the loads of a property until the transaction ends: they repair each other's days.
///
/// # Errors
/// When the database refuses.
pub async fn lock(tx: &mut TenantTx, property_id: i64) -> Result<(), DbError> {
    let name = format!("property {} {property_id}", tx.tenant());
    sql::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(name)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The next data version of the property.
///
/// # Errors
/// When the property is unknown or the database refuses.
pub async fn next_version(tx: &mut TenantTx, property_id: i64) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "UPDATE property SET version = version + 1
         WHERE tenant_id = $1 AND property_id = $2 RETURNING version",
    )
    .bind(tenant)
    .bind(property_id)
    .fetch_one(tx.conn())
    .await?)
}
