//! Which days are loaded, from table `shard`.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx, sql};

use crate::domain::shard::ShardKind;

/// A loaded day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LoadedDay {
    pub property_id: i64,
    pub date: NaiveDate,
    /// `daily`, `intraday` or `fresh`.
    pub kind: String,
    pub version: i64,
    /// Rows in the source = loaded + collapsed + rejected.
    pub source_rows: i64,
    pub loaded_rows: i64,
    pub collapsed_rows: i64,
    pub rejected_rows: i64,
    pub loaded_at: DateTime<Utc>,
    /// Today in the property's newest zone; none while no zone is known.
    pub today: Option<NaiveDate>,
    /// Of the property: since when complete tables stay away.
    pub daily_missing_since: Option<DateTime<Utc>>,
}

impl LoadedDay {
    /// Whether the day was loaded before its daily table was there.
    #[must_use]
    pub fn provisional(&self) -> bool {
        self.kind != ShardKind::Daily.as_str()
    }
}

/// The loaded days of the tenant in the given bounds, by property and date.
///
/// # Errors
/// When the database refuses.
pub async fn loaded_days(
    tx: &mut TenantTx,
    property_id: Option<i64>,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
) -> Result<Vec<LoadedDay>, DbError> {
    let days = sql::query_as(
        "SELECT property_id, date, kind, shard.version, source_rows, loaded_rows, collapsed_rows,
                rejected_rows, loaded_at,
                (now() AT TIME ZONE (SELECT z.time_zone FROM property_zone z
                   WHERE z.tenant_id = shard.tenant_id AND z.property_id = shard.property_id
                   ORDER BY z.valid_from DESC LIMIT 1))::date AS today, daily_missing_since
         FROM shard JOIN property USING (tenant_id, property_id)
         WHERE tenant_id = $1 AND ($2::bigint IS NULL OR property_id = $2)
           AND date BETWEEN coalesce($3, '-infinity'::date) AND coalesce($4, 'infinity'::date)
         ORDER BY property_id, date",
    )
    .bind(tx.tenant())
    .bind(property_id)
    .bind(first)
    .bind(last)
    .fetch_all(tx.conn())
    .await?;
    Ok(days)
}
