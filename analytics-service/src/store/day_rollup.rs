//! Table `day_rollup`: what is counted of the days of one property and location.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use crate::domain::counts::{ActivityCounts, SessionCounts};
use crate::domain::day::{Day, Resumed};
use crate::domain::takings::{Takings, observed_currency};

/// The row that stands for all locations together.
pub const ALL_LOCATIONS: &str = "";

/// An element of the column `resumed`.
#[derive(Debug, Deserialize)]
struct ResumedRow {
    previous_day: NaiveDate,
    sessions: i64,
    engaged_sessions: i64,
    cart_sessions: i64,
    checkout_sessions: i64,
    converted_sessions: i64,
}

impl From<ResumedRow> for Resumed {
    fn from(row: ResumedRow) -> Self {
        Self {
            previous_day: row.previous_day,
            counts: SessionCounts {
                sessions: row.sessions,
                engaged: row.engaged_sessions,
                cart: row.cart_sessions,
                checkout: row.checkout_sessions,
                converted: row.converted_sessions,
            },
        }
    }
}

/// The sums of each bucket. Of sessions that resumed only those that count anew in their bucket, or after its first day.
/// `$4` and `$5` are the range, `$6` the first days of the buckets.
macro_rules! sums_of_bucket {
    () => {
        "width_bucket(date, $6::date[]) AS bucket, currency, sum(events)::bigint AS events,
         sum(unattributed_events)::bigint AS unattributed_events,
         sum(page_views)::bigint AS page_views, sum(engagement_msec)::bigint AS engagement_msec,
         sum(sessions) AS sessions, sum(engaged_sessions) AS engaged_sessions,
         sum(cart_sessions) AS cart_sessions, sum(checkout_sessions) AS checkout_sessions,
         sum(converted_sessions) AS converted_sessions,
         array_agg(resumed) FILTER (
           WHERE resumed <> '[]' AND (resumed -> 0 ->> 'previous_day')::date
             < ($6)[width_bucket(date, $6::date[])]) AS resumed,
         sum(purchases) AS purchases, sum(purchases_without_id) AS purchases_without_id,
         sum(items_sold) AS items_sold, sum(gross_revenue) AS gross_revenue,
         sum(refunds) AS refunds, sum(searches) AS searches,
         sum(failed_searches) AS failed_searches"
    };
}
pub(super) use sums_of_bucket;

macro_rules! select_sums {
    ($location:literal) => {
        concat!(
            "SELECT location, ",
            sums_of_bucket!(),
            " FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
               AND location ",
            $location,
            " GROUP BY bucket, location, currency"
        )
    };
}

/// `$1` tenant, `$2` property, `$3` location, `$4` and `$5` range, `$6` first days of the buckets.
pub const SUMS: &str = select_sums!("= $3");
/// The same of each location; `$3` is not looked at.
pub const SUMS_BY_LOCATION: &str = select_sums!("<> coalesce($3, '')");

/// Hands out the sums of each bucket, of `location` or of each one. `firsts` are the first days of the buckets; a sum has the date
/// of its own.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn each_sum(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    range: &DateRange,
    firsts: &[NaiveDate],
    mut each: impl FnMut(&str, Day),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(if location.is_some() { SUMS } else { SUMS_BY_LOCATION })
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .bind(firsts)
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        each(row.try_get("location")?, sum(&row, firsts)?);
    }
    Ok(())
}

/// A row of [`sums_of_bucket`], with the first day of its bucket.
pub(super) fn sum(row: &PgRow, firsts: &[NaiveDate]) -> Result<Day, sqlx::Error> {
    let bucket: i32 = row.try_get("bucket")?;
    let at = usize::try_from(bucket - 1).unwrap_or_default();
    counts(row, firsts.get(at).copied().unwrap_or_default())
}

/// What a row counts: money where it names a currency, else all the rest.
pub(super) fn counts(row: &PgRow, date: NaiveDate) -> Result<Day, sqlx::Error> {
    let mut day = Day::quiet(date);
    let currency: &str = row.try_get("currency")?;
    if !currency.is_empty() {
        day.takings.add(observed_currency(currency), takings(row)?);
        return Ok(day);
    }
    let count = |column: &str| row.try_get::<i64, _>(column);
    day.activity = ActivityCounts {
        events: row.try_get("events")?,
        unattributed_events: row.try_get("unattributed_events")?,
        page_views: row.try_get("page_views")?,
        engagement_msec: row.try_get("engagement_msec")?,
        purchases: count("purchases")?,
        purchases_without_id: count("purchases_without_id")?,
        items_sold: row.try_get("items_sold")?,
        searches: count("searches")?,
        failed_searches: count("failed_searches")?,
    };
    day.started = SessionCounts {
        sessions: count("sessions")?,
        engaged: count("engaged_sessions")?,
        cart: count("cart_sessions")?,
        checkout: count("checkout_sessions")?,
        converted: count("converted_sessions")?,
    };
    let resumed: Option<Vec<Json<Vec<ResumedRow>>>> = row.try_get("resumed")?;
    day.resumed = resumed.into_iter().flatten().flat_map(|r| r.0).map(Into::into).collect();
    Ok(day)
}

fn takings(row: &PgRow) -> Result<Takings, sqlx::Error> {
    Ok(Takings {
        gross_revenue: row.try_get::<Decimal, _>("gross_revenue")?,
        refunds: row.try_get("refunds")?,
        purchases: row.try_get("purchases")?,
    })
}
