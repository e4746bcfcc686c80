//! Rows of the three rollup tables, many in one statement.

use common::db::{DbError, TenantTx, sql};
use roaring::RoaringBitmap;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::types::Json;

use super::OfDay;
use crate::domain::rollup::{DayTotals, SessionSets, Takings, Totals};

/// Rows in one statement.
const CHUNK: usize = 1_000;

/// The counts and sets of a row, or the money of one currency.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Counts(&'a Totals),
    Money(&'a str, Takings),
}

/// A row is its key and one part of its totals.
struct Row<'a, K> {
    key: K,
    part: Part<'a>,
}

fn rows<'a, K: Clone + 'a>(key: K, totals: &'a Totals) -> impl Iterator<Item = Row<'a, K>> {
    let money = totals.takings.iter().map(|(code, takings)| Part::Money(code.as_str(), *takings));
    std::iter::once(Part::Counts(totals))
        .chain(money)
        .map(move |part| Row { key: key.clone(), part })
}

/// The portable serialisation, or NULL for the empty set.
pub(super) fn stored(set: &RoaringBitmap) -> Option<Vec<u8>> {
    if set.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(set.serialized_size());
    // Writing to memory does not fail.
    set.serialize_into(&mut bytes).ok().map(|()| bytes)
}

/// `$1` to `$3` are tenant, property and date, `$4` to `$31` the measures, what follows the key.
macro_rules! insert {
    ($table:literal, $key:literal, $arrays:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (tenant_id, property_id, date, currency, events, unattributed_events, page_views,
               engagement_msec, sessions, engaged_sessions, cart_sessions, checkout_sessions,
               converted_sessions, resumed, purchases, purchases_without_id, items_sold,
               gross_revenue, refunds, searches, failed_searches, clients, active_clients,
               new_clients, returning_clients, purchasing_clients, known_users,
               active_known_users, new_known_users, returning_known_users,
               purchasing_known_users, ",
            $key,
            ") SELECT $1, $2, $3, * FROM unnest($4::text[], $5::bigint[], $6::bigint[],
               $7::bigint[], $8::bigint[], $9::int[], $10::int[], $11::int[], $12::int[],
               $13::int[], $14::jsonb[], $15::int[], $16::int[], $17::numeric[], $18::numeric[],
               $19::numeric[], $20::int[], $21::int[], $22::bytea[], $23::bytea[], $24::bytea[],
               $25::bytea[], $26::bytea[], $27::bytea[], $28::bytea[], $29::bytea[], $30::bytea[],
               $31::bytea[], ",
            $arrays,
            ")"
        )
    };
}

type Insert = Query<'static, sqlx::Postgres, PgArguments>;

fn measures<K>(tx: &TenantTx, of: OfDay<'_>, text: &'static str, rows: &[Row<'_, K>]) -> Insert {
    let none = Totals::default();
    let counts: Vec<&Totals> = rows
        .iter()
        .map(|row| match row.part {
            Part::Counts(totals) => totals,
            Part::Money(..) => &none,
        })
        .collect();
    let money: Vec<(&str, Takings)> = rows
        .iter()
        .map(|row| match row.part {
            Part::Counts(totals) => {
                ("", Takings { purchases: totals.purchases, ..Takings::default() })
            }
            Part::Money(code, takings) => (code, takings),
        })
        .collect();
    let long = |of: fn(&Totals) -> i64| counts.iter().map(|t| of(t)).collect::<Vec<_>>();
    let int = |of: fn(&Totals) -> i32| counts.iter().map(|t| of(t)).collect::<Vec<_>>();
    let set = |of: fn(&Totals) -> &RoaringBitmap| {
        counts.iter().map(|t| stored(of(t))).collect::<Vec<_>>()
    };
    sql::query(text)
        .bind(tx.tenant())
        .bind(of.property_id)
        .bind(of.date)
        .bind(money.iter().map(|(code, _)| (*code).to_owned()).collect::<Vec<_>>())
        .bind(long(|t| t.events))
        .bind(long(|t| t.unattributed_events))
        .bind(long(|t| t.page_views))
        .bind(long(|t| t.engagement_msec))
        .bind(int(|t| t.sessions.started.sessions))
        .bind(int(|t| t.sessions.started.engaged_sessions))
        .bind(int(|t| t.sessions.started.cart_sessions))
        .bind(int(|t| t.sessions.started.checkout_sessions))
        .bind(int(|t| t.sessions.started.converted_sessions))
        .bind(counts.iter().map(|t| Json(t.sessions.resumed())).collect::<Vec<_>>())
        .bind(money.iter().map(|(_, takings)| takings.purchases).collect::<Vec<_>>())
        .bind(int(|t| t.purchases_without_id))
        .bind(counts.iter().map(|t| t.items_sold).collect::<Vec<_>>())
        .bind(money.iter().map(|(_, takings)| takings.gross_revenue).collect::<Vec<_>>())
        .bind(money.iter().map(|(_, takings)| takings.refunds).collect::<Vec<_>>())
        .bind(int(|t| t.searches))
        .bind(int(|t| t.failed_searches))
        .bind(set(|t| &t.clients.all))
        .bind(set(|t| &t.clients.active))
        .bind(set(|t| &t.clients.new))
        .bind(set(|t| &t.clients.returning))
        .bind(set(|t| &t.clients.purchasing))
        .bind(set(|t| &t.known_users.all))
        .bind(set(|t| &t.known_users.active))
        .bind(set(|t| &t.known_users.new))
        .bind(set(|t| &t.known_users.returning))
        .bind(set(|t| &t.known_users.purchasing))
}

pub(super) async fn insert_locations(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &DayTotals,
) -> Result<(), DbError> {
    let rows: Vec<_> =
        day.locations().flat_map(|(location, totals)| rows(location, totals)).collect();
    for chunk in rows.chunks(CHUNK) {
        measures(tx, of, insert!("day_rollup", "location", "$32::text[]"), chunk)
            .bind(chunk.iter().map(|row| row.key.to_owned()).collect::<Vec<_>>())
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
        .flat_map(|(dimension, value, totals)| rows((dimension, value), totals))
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let value = |at: usize| chunk.iter().map(|r| r.key.1[at].clone()).collect::<Vec<_>>();
        measures(
            tx,
            of,
            insert!(
                "breakdown_rollup",
                "dimension, value_1, value_2, value_3",
                "$32::text[], $33::text[], $34::text[], $35::text[]"
            ),
            chunk,
        )
        .bind(chunk.iter().map(|row| row.key.0.as_str().to_owned()).collect::<Vec<_>>())
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
        .flat_map(|(location, hour, h)| rows((location, hour, &h.sessions), &h.totals))
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let set = |of: fn(&SessionSets) -> &RoaringBitmap| {
            let stored_of = |row: &Row<'_, (&str, i64, &SessionSets)>| match row.part {
                Part::Counts(_) => stored(of(row.key.2)),
                Part::Money(..) => None,
            };
            chunk.iter().map(stored_of).collect::<Vec<_>>()
        };
        measures(
            tx,
            of,
            insert!(
                "hour_rollup",
                "location, hour_micros, session_set, engaged_set, cart_set, checkout_set,
                 converted_set",
                "$32::text[], $33::bigint[], $34::bytea[], $35::bytea[], $36::bytea[],
                 $37::bytea[], $38::bytea[]"
            ),
            chunk,
        )
        .bind(chunk.iter().map(|row| row.key.0.to_owned()).collect::<Vec<_>>())
        .bind(chunk.iter().map(|row| row.key.1).collect::<Vec<_>>())
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
