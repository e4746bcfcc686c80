//! Table `param_drift`: values that stood in another type than they are needed in, by key.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use crate::domain::event::Drift;

/// Counts what the load of `date` noticed.
///
/// # Errors
/// When the database refuses.
pub async fn count(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    drifts: &[Drift],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    // In the order of the key, so that two loads at once cannot wait for each other.
    let mut drifts: Vec<&Drift> = drifts.iter().collect();
    drifts.sort_unstable();
    let text = |of: fn(&Drift) -> &str| drifts.iter().map(|d| of(d).to_owned()).collect::<Vec<_>>();
    let occurrences: Vec<i64> =
        drifts.iter().map(|d| i64::try_from(d.occurrences).unwrap_or(i64::MAX)).collect();
    sql::query(
        "INSERT INTO param_drift AS known
           (tenant_id, property_id, key, from_type, to_type, occurrences, first_seen, last_seen)
         SELECT $1, $2, d.key, d.from_type, d.to_type, d.occurrences, $3, $3
         FROM unnest($4::text[], $5::text[], $6::text[], $7::bigint[])
           AS d (key, from_type, to_type, occurrences)
         ON CONFLICT (tenant_id, property_id, key, from_type, to_type) DO UPDATE SET
           occurrences = known.occurrences + excluded.occurrences,
           first_seen = least(known.first_seen, excluded.first_seen),
           last_seen = greatest(known.last_seen, excluded.last_seen)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .bind(text(|d| &d.key))
    .bind(text(|d| &d.from))
    .bind(text(|d| &d.to))
    .bind(occurrences)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How often a parameter's value stood in another type than it is needed in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DriftRow {
    pub property_id: i64,
    pub key: String,
    pub from_type: String,
    pub to_type: String,
    pub occurrences: i64,
    pub first_seen: NaiveDate,
    pub last_seen: NaiveDate,
}

/// Where a page of them ended: property, key, from, to.
pub type DriftPosition = (i64, String, String, String);

/// Drifts after `after`, by property and key.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    tx: &mut TenantTx,
    property_id: Option<i64>,
    after: Option<&DriftPosition>,
    limit: i64,
) -> Result<Vec<DriftRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT property_id, key, from_type, to_type, occurrences, first_seen, last_seen
         FROM param_drift
         WHERE tenant_id = $1 AND ($2::bigint IS NULL OR property_id = $2)
           AND ($3::bigint IS NULL OR (property_id, key, from_type, to_type) > ($3, $4, $5, $6))
         ORDER BY property_id, key, from_type, to_type LIMIT $7",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(after.map(|position| position.0))
    .bind(after.map(|position| &position.1))
    .bind(after.map(|position| &position.2))
    .bind(after.map(|position| &position.3))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}
