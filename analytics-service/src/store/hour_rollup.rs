//! Table `hour_rollup`: the hours of each day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::day_rollup::merge;
use crate::domain::bitmap::{DamagedBitmap, decode};
use crate::domain::day::Day;
use crate::domain::hour::{Hour, SessionSets};

/// An hour by location, day and first instant in microseconds.
pub type Hours = BTreeMap<(String, NaiveDate, i64), Hour>;

/// `$1` tenant, `$2` property, `$3` location or NULL, `$4` and `$5` range.
pub const HOURS: &str =
    "SELECT location, date, hour_micros, currency, events, unattributed_events, page_views,
                engagement_msec, sessions, engaged_sessions, cart_sessions, checkout_sessions,
                converted_sessions, CASE WHEN resumed <> '[]' THEN resumed END AS resumed,
                purchases, purchases_without_id, items_sold, gross_revenue, refunds, searches,
                failed_searches, clients, active_clients, new_clients, returning_clients,
                purchasing_clients, known_users, session_set, engaged_set, cart_set, checkout_set,
                converted_set
         FROM hour_rollup
         WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
           AND ($3::text IS NULL AND location <> '' OR location = $3)";

/// The hours of the range: of one location, or of every single one.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn hours(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    range: &DateRange,
) -> Result<Hours, DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(HOURS)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .fetch(tx.conn());
    let mut hours = Hours::new();
    while let Some(row) = rows.try_next().await? {
        let date = row.try_get("date")?;
        let key = (row.try_get("location")?, date, row.try_get("hour_micros")?);
        let hour = hours
            .entry(key)
            .or_insert_with(|| Hour { day: Day::quiet(date), sessions: SessionSets::default() });
        merge(&row, &mut hour.day)?;
        if row.try_get::<&str, _>("currency")?.is_empty() {
            hour.sessions = sets(&row)?;
        }
    }
    Ok(hours)
}

fn sets(row: &PgRow) -> Result<SessionSets, sqlx::Error> {
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
