//! Rows of the three rollup tables, many in one statement. Their sets are beside them: [`super::set`].

use common::db::{DbError, TenantTx, sql};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::types::Json;

use super::OfDay;
use crate::domain::rollup::{DayTotals, Takings, Totals};

/// Rows in one statement.
pub(super) const CHUNK: usize = 1_000;

/// The counts of a row, or the money of one currency.
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

/// `$1` to `$3` are tenant, property and date, `$4` to `$21` the measures, what follows the key.
macro_rules! insert {
    ($table:literal, $key:literal, $arrays:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (tenant_id, property_id, date, currency, events, unattributed_events, page_views,
               engagement_msec, sessions, engaged_sessions, cart_sessions, checkout_sessions,
               converted_sessions, resumed, purchases, purchases_without_id, items_sold,
               gross_revenue, refunds, searches, failed_searches, ",
            $key,
            ") SELECT $1, $2, $3, * FROM unnest($4::text[], $5::bigint[], $6::bigint[],
               $7::bigint[], $8::bigint[], $9::int[], $10::int[], $11::int[], $12::int[],
               $13::int[], $14::jsonb[], $15::int[], $16::int[], $17::numeric[], $18::numeric[],
               $19::numeric[], $20::int[], $21::int[], ",
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
}

pub(super) async fn insert_locations(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    day: &DayTotals,
) -> Result<(), DbError> {
    let rows: Vec<_> =
        day.locations().flat_map(|(location, totals)| rows(location, totals)).collect();
    for chunk in rows.chunks(CHUNK) {
        measures(tx, of, insert!("day_rollup", "location", "$22::text[]"), chunk)
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
                "$22::text[], $23::text[], $24::text[], $25::text[]"
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
    let rows: Vec<_> =
        day.hours().flat_map(|(location, hour, h)| rows((location, hour), &h.totals)).collect();
    for chunk in rows.chunks(CHUNK) {
        let text = insert!("hour_rollup", "location, hour_micros", "$22::text[], $23::bigint[]");
        measures(tx, of, text, chunk)
            .bind(chunk.iter().map(|row| row.key.0.to_owned()).collect::<Vec<_>>())
            .bind(chunk.iter().map(|row| row.key.1).collect::<Vec<_>>())
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}
