//! Rows of the tables of sets, beside the rollups: who was there, and in which hours sessions were active. What only counts
//! reads none of them.

use common::db::{DbError, TenantTx, sql};
use roaring::RoaringBitmap;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::OfDay;
use super::row::CHUNK;
use crate::domain::rollup::{DayTotals, SessionSets, Totals};

/// The portable serialisation, or NULL for the empty set.
pub(super) fn stored(set: &RoaringBitmap) -> Option<Vec<u8>> {
    if set.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Writing to memory does not fail.
    set.serialize_into(&mut bytes).ok().map(|()| bytes)
}

/// `$1` to `$3` are tenant, property and date, `$4` to `$9` the users, what follows the key.
macro_rules! insert {
    ($table:literal, $key:literal, $arrays:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (tenant_id, property_id, date, clients, active_clients, new_clients,
               returning_clients, purchasing_clients, known_users, ",
            $key,
            ") SELECT $1, $2, $3, * FROM unnest($4::bytea[], $5::bytea[], $6::bytea[],
               $7::bytea[], $8::bytea[], $9::bytea[], ",
            $arrays,
            ")"
        )
    };
}

type Insert = Query<'static, sqlx::Postgres, PgArguments>;

fn column<'a>(sets: impl Iterator<Item = &'a RoaringBitmap>) -> Vec<Option<Vec<u8>>> {
    sets.map(stored).collect()
}

fn users<K>(tx: &TenantTx, of: OfDay<'_>, text: &'static str, rows: &[(K, &Totals)]) -> Insert {
    let set = |of: fn(&Totals) -> &RoaringBitmap| column(rows.iter().map(|(_, totals)| of(totals)));
    sql::query(text)
        .bind(tx.tenant())
        .bind(of.property_id)
        .bind(of.date)
        .bind(set(|t| &t.clients.all))
        .bind(set(|t| &t.clients.active))
        .bind(set(|t| &t.clients.new))
        .bind(set(|t| &t.clients.returning))
        .bind(set(|t| &t.clients.purchasing))
        .bind(set(|t| &t.known_users))
}

/// Whether anybody is in it: who bought without being there counts as well.
fn anybody(totals: &Totals) -> bool {
    !totals.clients.all.is_empty() || !totals.clients.purchasing.is_empty()
}

pub(super) async fn insert_locations(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &DayTotals,
) -> Result<(), DbError> {
    let rows: Vec<_> = day.locations().filter(|(_, totals)| anybody(totals)).collect();
    for chunk in rows.chunks(CHUNK) {
        users(tx, of, insert!("day_sets", "location", "$10::text[]"), chunk)
            .bind(chunk.iter().map(|(location, _)| (*location).to_owned()).collect::<Vec<_>>())
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

pub(super) async fn insert_values(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &DayTotals,
) -> Result<(), DbError> {
    let rows: Vec<_> = day
        .values()
        .filter(|(.., totals)| anybody(totals))
        .map(|(dimension, value, totals)| ((dimension, value), totals))
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let value = |at: usize| chunk.iter().map(|(key, _)| key.1[at].clone()).collect::<Vec<_>>();
        let text = insert!(
            "breakdown_sets",
            "dimension, value_1, value_2, value_3",
            "$10::text[], $11::text[], $12::text[], $13::text[]"
        );
        users(tx, of, text, chunk)
            .bind(chunk.iter().map(|(key, _)| key.0.as_str().to_owned()).collect::<Vec<_>>())
            .bind(value(0))
            .bind(value(1))
            .bind(value(2))
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

pub(super) async fn insert_hours(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &DayTotals,
) -> Result<(), DbError> {
    let rows: Vec<_> = day
        .hours()
        .filter(|(.., h)| anybody(&h.totals) || !h.sessions.all.is_empty())
        .map(|(location, hour, h)| ((location, hour, &h.sessions), &h.totals))
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let set = |of: fn(&SessionSets) -> &RoaringBitmap| {
            column(chunk.iter().map(|((.., sessions), _)| of(sessions)))
        };
        let text = insert!(
            "hour_sets",
            "location, hour_micros, session_set, engaged_set, cart_set, checkout_set, converted_set",
            "$10::text[], $11::bigint[], $12::bytea[], $13::bytea[], $14::bytea[], $15::bytea[],
             $16::bytea[]"
        );
        users(tx, of, text, chunk)
            .bind(
                chunk.iter().map(|((location, ..), _)| (*location).to_owned()).collect::<Vec<_>>(),
            )
            .bind(chunk.iter().map(|((_, hour, _), _)| *hour).collect::<Vec<_>>())
            .bind(set(|s| &s.all))
            .bind(set(|s| &s.engaged))
            .bind(set(|s| &s.cart))
            .bind(set(|s| &s.checkout))
            .bind(set(|s| &s.converted))
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}
