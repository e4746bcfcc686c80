//! Tables `hour_rollup` and `hour_sets`: the hours of each day, who was there, and which sessions were active.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::day_rollup::counts;
use super::user_sets::{users, wanted_users};
use crate::domain::bitmap::{DamagedBitmap, UserSets, decode};
use crate::domain::day::Day;
use crate::domain::hour::SessionSets;

/// `$1` tenant, `$2` property, `$3` location or NULL, `$4` and `$5` range.
pub const HOURS: &str =
    "SELECT location, date, hour_micros, currency, events, unattributed_events, page_views,
            engagement_msec, sessions::bigint AS sessions,
            engaged_sessions::bigint AS engaged_sessions, cart_sessions::bigint AS cart_sessions,
            checkout_sessions::bigint AS checkout_sessions,
            converted_sessions::bigint AS converted_sessions,
            CASE WHEN resumed <> '[]' THEN ARRAY[resumed] END AS resumed,
            purchases::bigint AS purchases, purchases_without_id::bigint AS purchases_without_id,
            items_sold, gross_revenue, refunds, searches::bigint AS searches,
            failed_searches::bigint AS failed_searches
     FROM hour_rollup
     WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
       AND ($3::text IS NULL AND location <> '' OR location = $3)";

/// `$1` to `$5` are the same, `$6` is which sets of users, `$7` whether those of sessions.
pub const SETS: &str = concat!(
    "SELECT ",
    wanted_users!("$6"),
    ", location, date, hour_micros, CASE WHEN $7 THEN session_set END AS session_set,
       CASE WHEN $7 THEN engaged_set END AS engaged_set,
       CASE WHEN $7 THEN cart_set END AS cart_set,
       CASE WHEN $7 THEN checkout_set END AS checkout_set,
       CASE WHEN $7 THEN converted_set END AS converted_set
     FROM hour_sets
     WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
       AND ($3::text IS NULL AND location <> '' OR location = $3)
     ORDER BY location, hour_micros"
);

/// `$1` tenant, `$2` property, `$3` day.
pub const NEWEST: &str = "SELECT max(hour_micros) FROM hour_rollup
     WHERE tenant_id = $1 AND property_id = $2 AND location = '' AND date = $3";

/// Which location and hour, by its first instant in microseconds and the day it is part of.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    pub location: &'a str,
    pub date: NaiveDate,
    pub micros: i64,
}

impl<'a> At<'a> {
    fn of(row: &'a PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            location: row.try_get("location")?,
            date: row.try_get("date")?,
            micros: row.try_get("hour_micros")?,
        })
    }
}

/// Hands out the hours of the range, of one location or of every single one, part by part as they come.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn each_hour(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    range: &DateRange,
    mut each: impl FnMut(At<'_>, Day),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(HOURS)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let at = At::of(&row)?;
        each(at, counts(&row, at.date)?);
    }
    Ok(())
}

/// The first instant of the day's last hour with an event.
///
/// # Errors
/// When the database refuses.
pub async fn newest(
    tx: &mut TenantTx,
    property_id: i64,
    day: NaiveDate,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let tenant = tx.tenant();
    let newest: Option<i64> = sql::query_scalar(NEWEST)
        .bind(tenant)
        .bind(property_id)
        .bind(day)
        .fetch_one(tx.conn())
        .await?;
    Ok(newest.and_then(DateTime::from_timestamp_micros))
}

/// Hands out the wanted sets of the same hours, one location after the other by time. Others are empty.
///
/// # Errors
/// When the database refuses, or a set cannot be read.
pub async fn each_sets(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    range: &DateRange,
    (of_users, of_sessions): ([bool; 6], bool),
    mut each: impl FnMut(At<'_>, UserSets, SessionSets),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(SETS)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .bind(of_users.to_vec())
        .bind(of_sessions)
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        each(At::of(&row)?, users(&row)?, sessions(&row)?);
    }
    Ok(())
}

fn sessions(row: &PgRow) -> Result<SessionSets, sqlx::Error> {
    let set = |column: &str| {
        let bytes: Option<&[u8]> = row.try_get(column)?;
        decode(bytes).map_err(|error: DamagedBitmap| sqlx::Error::Decode(Box::new(error)))
    };
    Ok(SessionSets {
        all: set("session_set")?,
        engaged: set("engaged_set")?,
        cart: set("cart_set")?,
        checkout: set("checkout_set")?,
        converted: set("converted_set")?,
    })
}
