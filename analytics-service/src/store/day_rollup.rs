//! Table `day_rollup`: the days of one property and location.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use crate::domain::bitmap::{UserSets, decode};
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

/// What is counted on a day, as [`merge_counts`] reads it.
macro_rules! counts_of_day {
    () => {
        "events, unattributed_events, page_views, engagement_msec, sessions::bigint AS sessions,
         engaged_sessions::bigint AS engaged_sessions, cart_sessions::bigint AS cart_sessions,
         checkout_sessions::bigint AS checkout_sessions,
         converted_sessions::bigint AS converted_sessions,
         CASE WHEN resumed <> '[]' THEN ARRAY[resumed] END AS resumed,
         purchases::bigint AS purchases, purchases_without_id::bigint AS purchases_without_id,
         items_sold, gross_revenue, refunds, searches::bigint AS searches,
         failed_searches::bigint AS failed_searches"
    };
}
pub(super) use counts_of_day;

macro_rules! select_days {
    ($location:literal) => {
        concat!(
            "SELECT date, location, currency, ",
            counts_of_day!(),
            ", clients, active_clients, new_clients, returning_clients, purchasing_clients,
               known_users
             FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
               AND location ",
            $location
        )
    };
}

/// The sums of each bucket. Of sessions that resumed only those that count anew in their bucket, or after its first day.
macro_rules! select_sums {
    ($location:literal) => {
        concat!(
            "SELECT width_bucket(date, $6::date[]) AS bucket, location, currency,
                    sum(events)::bigint AS events,
                    sum(unattributed_events)::bigint AS unattributed_events,
                    sum(page_views)::bigint AS page_views,
                    sum(engagement_msec)::bigint AS engagement_msec, sum(sessions) AS sessions,
                    sum(engaged_sessions) AS engaged_sessions, sum(cart_sessions) AS cart_sessions,
                    sum(checkout_sessions) AS checkout_sessions,
                    sum(converted_sessions) AS converted_sessions,
                    array_agg(resumed) FILTER (
                      WHERE resumed <> '[]' AND (resumed -> 0 ->> 'previous_day')::date
                        < ($6)[width_bucket(date, $6::date[])]) AS resumed,
                    sum(purchases) AS purchases, sum(purchases_without_id) AS purchases_without_id,
                    sum(items_sold) AS items_sold, sum(gross_revenue) AS gross_revenue,
                    sum(refunds) AS refunds, sum(searches) AS searches,
                    sum(failed_searches) AS failed_searches
             FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
               AND location ",
            $location,
            " GROUP BY bucket, location, currency"
        )
    };
}

/// `$1` tenant, `$2` property, `$3` location, `$4` and `$5` range.
pub const DAYS: &str = select_days!("= $3");
/// The same of each location; `$3` is not looked at.
pub const BY_LOCATION: &str = select_days!("<> coalesce($3, '')");
/// The same without users, summed up: `$6` are the first days of the buckets.
pub const SUMS: &str = select_sums!("= $3");
pub const SUMS_BY_LOCATION: &str = select_sums!("<> coalesce($3, '')");

/// The days of `range` that have a row, by date.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn days(
    tx: &mut TenantTx,
    property_id: i64,
    location: &str,
    range: &DateRange,
) -> Result<BTreeMap<NaiveDate, Day>, DbError> {
    let tenant = tx.tenant();
    let rows = sql::query(DAYS)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .fetch_all(tx.conn())
        .await?;
    let mut days = BTreeMap::new();
    for row in &rows {
        let date = row.try_get("date")?;
        merge(row, days.entry(date).or_insert_with(|| Day::quiet(date)))?;
    }
    Ok(days)
}

/// Hands out the days of `location` or of each one, part by part as they come: those of many locations need not be in memory
/// at once.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn each_day(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    range: &DateRange,
    mut each: impl FnMut(&str, Day),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(if location.is_some() { DAYS } else { BY_LOCATION })
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let mut day = Day::quiet(row.try_get("date")?);
        merge(&row, &mut day)?;
        each(row.try_get("location")?, day);
    }
    Ok(())
}

/// Hands out the sums of each bucket, without users. `firsts` are the first days of the buckets; a sum has the date of its own.
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
        let bucket: i32 = row.try_get("bucket")?;
        let at = usize::try_from(bucket - 1).unwrap_or_default();
        let mut day = Day::quiet(firsts.get(at).copied().unwrap_or(range.first()));
        merge_counts(&row, &mut day)?;
        each(row.try_get("location")?, day);
    }
    Ok(())
}

/// Adds one row to its day: counts and users from the row without currency, money from others.
pub(super) fn merge(row: &PgRow, day: &mut Day) -> Result<(), sqlx::Error> {
    if merge_counts(row, day)? {
        day.users = users(row)?;
    }
    Ok(())
}

/// The same without users. Answers whether the row is the one that has them.
fn merge_counts(row: &PgRow, day: &mut Day) -> Result<bool, sqlx::Error> {
    let currency: &str = row.try_get("currency")?;
    if !currency.is_empty() {
        day.takings.add(observed_currency(currency), takings(row)?);
        return Ok(false);
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
    Ok(true)
}

fn takings(row: &PgRow) -> Result<Takings, sqlx::Error> {
    Ok(Takings {
        gross_revenue: row.try_get::<Decimal, _>("gross_revenue")?,
        refunds: row.try_get("refunds")?,
        purchases: row.try_get("purchases")?,
    })
}

pub(super) fn users(row: &PgRow) -> Result<UserSets, sqlx::Error> {
    let set = |column: &str| {
        let bytes: Option<&[u8]> = row.try_get(column)?;
        decode(bytes).map_err(|e| sqlx::Error::Decode(Box::new(e)))
    };
    Ok(UserSets {
        clients: set("clients")?,
        active: set("active_clients")?,
        new: set("new_clients")?,
        returning: set("returning_clients")?,
        purchasing: set("purchasing_clients")?,
        known: set("known_users")?,
    })
}
