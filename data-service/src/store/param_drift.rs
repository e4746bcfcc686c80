//! Table `param_drift`: values that stood in another type than they are needed in, by key and day.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::saturating_i64;

use crate::domain::event::Drift;

/// Counts what the load of `date` noticed, instead of what an earlier load of the day did.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    drifts: &[Drift],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM param_drift WHERE tenant_id = $1 AND property_id = $2 AND date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    let text = |of: fn(&Drift) -> &str| drifts.iter().map(|d| of(d).to_owned()).collect::<Vec<_>>();
    let occurrences: Vec<i64> = drifts.iter().map(|d| saturating_i64(d.occurrences)).collect();
    sql::query(
        "INSERT INTO param_drift
           (tenant_id, property_id, key, from_type, to_type, occurrences, date)
         SELECT $1, $2, d.key, d.from_type, d.to_type, d.occurrences, $3
         FROM unnest($4::text[], $5::text[], $6::text[], $7::bigint[])
           AS d (key, from_type, to_type, occurrences)",
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

impl DriftRow {
    #[must_use]
    pub fn position(&self) -> DriftPosition {
        (self.property_id, self.key.clone(), self.from_type.clone(), self.to_type.clone())
    }
}

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
        "SELECT property_id, key, from_type, to_type, sum(occurrences)::bigint AS occurrences,
                min(date) AS first_seen, max(date) AS last_seen
         FROM param_drift
         WHERE tenant_id = $1 AND ($2::bigint IS NULL OR property_id = $2)
           AND ($3::bigint IS NULL OR (property_id, key, from_type, to_type) > ($3, $4, $5, $6))
         GROUP BY property_id, key, from_type, to_type
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
