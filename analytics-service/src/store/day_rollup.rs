//! Table `day_rollup`: the days of one property and location.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
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

macro_rules! select_days {
    ($condition:literal, $users:literal) => {
        concat!(
            "SELECT date, location, currency, events, unattributed_events, page_views,
                    engagement_msec, sessions, engaged_sessions, cart_sessions, checkout_sessions,
                    converted_sessions, CASE WHEN resumed <> '[]' THEN resumed END AS resumed,
                    purchases, purchases_without_id, items_sold, gross_revenue, refunds,
                    searches, failed_searches",
            $users,
            " FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND ",
            $condition
        )
    };
    ($condition:literal) => {
        select_days!(
            $condition,
            ", clients, active_clients, new_clients, returning_clients, purchasing_clients,
               known_users"
        )
    };
}

/// `$1` tenant, `$2` property, `$3` location, `$4` and `$5` range.
pub const DAYS: &str = select_days!("location = $3 AND date BETWEEN $4 AND $5");
/// The same without the sets of users, which are most of a row.
pub const COUNTS: &str = select_days!("location = $3 AND date BETWEEN $4 AND $5", "");
/// `$1` tenant, `$2` property, `$3` and `$4` range.
pub const BY_LOCATION: &str = select_days!("location <> '' AND date BETWEEN $3 AND $4");
pub const COUNTS_BY_LOCATION: &str = select_days!("location <> '' AND date BETWEEN $3 AND $4", "");

/// Whether the sets of users are read, too; otherwise they are left empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsersOfDays {
    Read,
    Leave,
}

/// The days of `range` that have a row, by date.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn days(
    tx: &mut TenantTx,
    property_id: i64,
    location: &str,
    range: &DateRange,
    users: UsersOfDays,
) -> Result<BTreeMap<NaiveDate, Day>, DbError> {
    let tenant = tx.tenant();
    let text = match users {
        UsersOfDays::Read => DAYS,
        UsersOfDays::Leave => COUNTS,
    };
    let rows = sql::query(text)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(range.first())
        .bind(range.last())
        .fetch_all(tx.conn())
        .await?;
    let mut days = BTreeMap::new();
    for row in &rows {
        add(row, users, &mut days)?;
    }
    Ok(days)
}

/// The days of every single location, by its code.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn by_location(
    tx: &mut TenantTx,
    property_id: i64,
    range: &DateRange,
    users: UsersOfDays,
) -> Result<BTreeMap<String, BTreeMap<NaiveDate, Day>>, DbError> {
    let tenant = tx.tenant();
    let text = match users {
        UsersOfDays::Read => BY_LOCATION,
        UsersOfDays::Leave => COUNTS_BY_LOCATION,
    };
    let rows = sql::query(text)
        .bind(tenant)
        .bind(property_id)
        .bind(range.first())
        .bind(range.last())
        .fetch_all(tx.conn())
        .await?;
    let mut locations: BTreeMap<String, BTreeMap<NaiveDate, Day>> = BTreeMap::new();
    for row in &rows {
        let location: String = row.try_get("location")?;
        add(row, users, locations.entry(location).or_default())?;
    }
    Ok(locations)
}

fn add(
    row: &PgRow,
    users: UsersOfDays,
    days: &mut BTreeMap<NaiveDate, Day>,
) -> Result<(), sqlx::Error> {
    let date = row.try_get("date")?;
    let day = days.entry(date).or_insert_with(|| Day::quiet(date));
    match users {
        UsersOfDays::Read => merge(row, day),
        UsersOfDays::Leave => merge_counts(row, day).map(drop),
    }
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
    let count = |column: &str| row.try_get::<i32, _>(column).map(i64::from);
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
    let resumed: Option<Json<Vec<ResumedRow>>> = row.try_get("resumed")?;
    day.resumed = resumed.map_or_else(Vec::new, |r| r.0.into_iter().map(Into::into).collect());
    Ok(true)
}

fn takings(row: &PgRow) -> Result<Takings, sqlx::Error> {
    Ok(Takings {
        gross_revenue: row.try_get::<Decimal, _>("gross_revenue")?,
        refunds: row.try_get("refunds")?,
        purchases: row.try_get::<i32, _>("purchases")?.into(),
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
