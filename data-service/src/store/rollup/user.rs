//! The users of whole weeks and months. Users do not add up, so a long range would be a union of
//! every one of its days; with these it is a union of a few rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use roaring::RoaringBitmap;
use sqlx::Row;

use super::set::stored;
use crate::domain::rollup::Whole;

/// The columns of sets that are kept, in the order of [`Sets`].
const SETS: usize = 6;

/// All, active, new, returning and purchasing clients, and known users.
type Sets = [RoaringBitmap; SETS];

/// Makes the weeks and months anew that have one of `days` in them.
///
/// # Errors
/// When the database refuses, or a set of a day cannot be read.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    days: &BTreeSet<NaiveDate>,
) -> Result<(), DbError> {
    let wholes: BTreeSet<Whole> = days.iter().flat_map(|day| Whole::with(*day)).collect();
    for whole in wholes {
        let locations = of_days(tx, property_id, whole).await?;
        store(tx, property_id, whole, &locations).await?;
    }
    Ok(())
}

/// The union of the days, by location.
async fn of_days(
    tx: &mut TenantTx,
    property_id: i64,
    whole: Whole,
) -> Result<BTreeMap<String, Sets>, DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(
        "SELECT location, clients, active_clients, new_clients, returning_clients,
                purchasing_clients, known_users
         FROM day_sets
         WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $3 AND $4",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(whole.first())
    .bind(whole.last())
    .fetch(tx.conn());
    let mut locations: BTreeMap<String, Sets> = BTreeMap::new();
    while let Some(row) = rows.try_next().await? {
        let sets = locations.entry(row.try_get("location")?).or_default();
        for (at, set) in sets.iter_mut().enumerate() {
            if let Some(mut bytes) = row.try_get::<Option<&[u8]>, _>(at + 1)? {
                let day = RoaringBitmap::deserialize_from(&mut bytes)
                    .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
                *set |= day;
            }
        }
    }
    Ok(locations)
}

/// Writes the rows that differ.
async fn store(
    tx: &mut TenantTx,
    property_id: i64,
    whole: Whole,
    locations: &BTreeMap<String, Sets>,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let names: Vec<String> = locations.keys().cloned().collect();
    sql::query(
        "DELETE FROM user_rollup
         WHERE tenant_id = $1 AND property_id = $2 AND span = $3 AND first_day = $4
           AND location <> ALL ($5)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(whole.span())
    .bind(whole.first())
    .bind(&names)
    .execute(tx.conn())
    .await?;
    let set = |at: usize| locations.values().map(|sets| stored(&sets[at])).collect::<Vec<_>>();
    sql::query(
        "INSERT INTO user_rollup AS old (tenant_id, property_id, span, first_day, location,
           clients, active_clients, new_clients, returning_clients, purchasing_clients, known_users)
         SELECT $1, $2, $3, $4, * FROM unnest($5::text[], $6::bytea[], $7::bytea[], $8::bytea[],
           $9::bytea[], $10::bytea[], $11::bytea[])
         ON CONFLICT (tenant_id, property_id, span, first_day, location) DO UPDATE SET
           clients = excluded.clients, active_clients = excluded.active_clients,
           new_clients = excluded.new_clients, returning_clients = excluded.returning_clients,
           purchasing_clients = excluded.purchasing_clients, known_users = excluded.known_users
         WHERE (old.clients, old.active_clients, old.new_clients, old.returning_clients,
                old.purchasing_clients, old.known_users)
           IS DISTINCT FROM
               (excluded.clients, excluded.active_clients, excluded.new_clients,
                excluded.returning_clients, excluded.purchasing_clients, excluded.known_users)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(whole.span())
    .bind(whole.first())
    .bind(&names)
    .bind(set(0))
    .bind(set(1))
    .bind(set(2))
    .bind(set(3))
    .bind(set(4))
    .bind(set(5))
    .execute(tx.conn())
    .await?;
    Ok(())
}
