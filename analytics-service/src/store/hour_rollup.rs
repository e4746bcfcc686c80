//! Table `hour_rollup`: the hours of each day.

use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::day_rollup::{counts_of_day, merge};
use crate::domain::bitmap::{DamagedBitmap, decode};
use crate::domain::day::Day;
use crate::domain::hour::{Hour, SessionSets};

/// `$1` tenant, `$2` property, `$3` location or NULL, `$4` and `$5` range.
pub const HOURS: &str = concat!(
    "SELECT location, date, hour_micros, currency, ",
    counts_of_day!(),
    ", clients, active_clients, new_clients, returning_clients, purchasing_clients, known_users,
       session_set, engaged_set, cart_set, checkout_set, converted_set
         FROM hour_rollup
         WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $4 AND $5
           AND ($3::text IS NULL AND location <> '' OR location = $3)"
);

/// Hands out the hours of the range with their locations and first instants in microseconds, of one location or of every single
/// one, part by part as they come.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn each_hour(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    range: &DateRange,
    mut each: impl FnMut(&str, i64, Hour),
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
        let mut day = Day::quiet(row.try_get("date")?);
        merge(&row, &mut day)?;
        let counts = row.try_get::<&str, _>("currency")?.is_empty();
        let sessions = if counts { sets(&row)? } else { SessionSets::default() };
        each(row.try_get("location")?, row.try_get("hour_micros")?, Hour { day, sessions });
    }
    Ok(())
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
