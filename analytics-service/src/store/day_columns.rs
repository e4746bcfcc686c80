//! Table `day_columns`: the entries of each day, column by column.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use common::columns::{Numbers, Texts, decimals};
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};

use crate::domain::columns::{Activity, DayColumns, Purchases, Refunds, Sessions, Wanted};
use crate::domain::query::Dimension;

/// `$1` tenant, `$2` property, `$3` and `$4` range.
pub const KEPT: &str = "SELECT DISTINCT date FROM day_columns
     WHERE tenant_id = $1 AND property_id = $2 AND date BETWEEN $3 AND $4";

/// The days of `range` that are kept.
///
/// # Errors
/// When the database refuses.
pub async fn kept(
    tx: &mut TenantTx,
    property_id: i64,
    range: &DateRange,
) -> Result<BTreeSet<NaiveDate>, DbError> {
    let tenant = tx.tenant();
    let days: Vec<NaiveDate> = sql::query_scalar(KEPT)
        .bind(tenant)
        .bind(property_id)
        .bind(range.first())
        .bind(range.last())
        .fetch_all(tx.conn())
        .await?;
    Ok(days.into_iter().collect())
}

/// Calls `count` with what is wanted of the range, block after block.
///
/// # Errors
/// When the database refuses, or a column cannot be read.
pub async fn read(
    tx: &mut TenantTx,
    property_id: i64,
    range: &DateRange,
    wanted: &Wanted,
    mut count: impl FnMut(&DayColumns<'_>),
) -> Result<(), DbError> {
    let mut text = QueryBuilder::<Postgres>::new(
        "SELECT date, sessions, sessionless, purchases, refunds, searches",
    );
    for column in columns(wanted) {
        text.push(", ").push(column);
    }
    text.push(" FROM day_columns WHERE tenant_id = ").push_bind(tx.tenant());
    text.push(" AND property_id = ").push_bind(property_id);
    text.push(" AND date BETWEEN ").push_bind(range.first());
    text.push(" AND ").push_bind(range.last());
    let query = text.build();
    let mut rows = query.fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        count(&day(&row, wanted)?);
    }
    Ok(())
}

/// The columns to read, which are constants.
fn columns(wanted: &Wanted) -> impl Iterator<Item = &'static str> + '_ {
    let of = |names: &'static [&'static str], wanted: bool| {
        names.iter().copied().take(if wanted { names.len() } else { 0 })
    };
    wanted
        .dimensions
        .iter()
        .filter_map(|dimension| name(*dimension))
        .chain(of(&["flags", "away"], wanted.sessions))
        .chain(of(&["client"], wanted.clients))
        .chain(of(&["known_user"], wanted.known_users))
        .chain(of(&["events", "page_views", "engagement_msec"], wanted.activity))
        .chain(of(&["buyer", "with_id", "currency", "revenue", "quantity"], wanted.purchases))
        .chain(of(&["refund_currency", "refund_value"], wanted.refunds))
        .chain(of(&["failed"], wanted.searches))
}

/// None for what is not kept entry by entry.
const fn name(dimension: Dimension) -> Option<&'static str> {
    Some(match dimension {
        Dimension::Location => "branch",
        Dimension::Customer => "customer",
        Dimension::Device => "device",
        Dimension::Country => "country",
        Dimension::City => "city",
        Dimension::Source => "source",
        Dimension::Medium => "medium",
        Dimension::Campaign => "campaign",
        Dimension::LandingPage => "landing_page",
        Dimension::NewReturning => "visitor",
        _ => return None,
    })
}

fn day<'r>(row: &'r PgRow, wanted: &Wanted) -> Result<DayColumns<'r>, sqlx::Error> {
    let mut entries = [0; 5];
    for (count, name) in
        entries.iter_mut().zip(["sessions", "sessionless", "purchases", "refunds", "searches"])
    {
        *count = usize::try_from(row.try_get::<i32, _>(name)?).unwrap_or_default();
    }
    let [sessions, sessionless, purchases, refunds, searches] = entries;
    let numbers =
        |name: &str, entries: usize| Numbers::read(row.try_get(name)?, entries).map_err(damaged);
    let texts =
        |name: &str, entries: usize| Texts::read(row.try_get(name)?, entries).map_err(damaged);
    let amounts = |name: &str, entries: usize| {
        Ok::<_, sqlx::Error>(decimals(row.try_get(name)?, entries).map_err(damaged)?.collect())
    };
    let mut dimensions = Vec::new();
    for dimension in &wanted.dimensions {
        if let Some(name) = name(*dimension) {
            dimensions.push((*dimension, texts(name, entries.iter().sum())?));
        }
    }
    let visits = sessions + sessionless;
    let of_visits = |name: &str, wanted: bool| wanted.then(|| numbers(name, visits)).transpose();
    let activity = || {
        Ok::<_, sqlx::Error>(Activity {
            events: numbers("events", visits)?,
            page_views: numbers("page_views", visits)?,
            engagement_msec: numbers("engagement_msec", visits)?,
        })
    };
    let visited = || {
        Ok::<_, sqlx::Error>(Sessions {
            flags: numbers("flags", visits)?,
            away: numbers("away", visits)?,
            client: of_visits("client", wanted.clients)?,
            known_user: of_visits("known_user", wanted.known_users)?,
            activity: wanted.activity.then(activity).transpose()?,
        })
    };
    let bought = || {
        Ok::<_, sqlx::Error>(Purchases {
            buyer: numbers("buyer", purchases)?,
            with_id: numbers("with_id", purchases)?,
            currency: texts("currency", purchases)?,
            revenue: amounts("revenue", purchases)?,
            quantity: amounts("quantity", purchases)?,
        })
    };
    let given_back = || {
        Ok::<_, sqlx::Error>(Refunds {
            currency: texts("refund_currency", refunds)?,
            value: amounts("refund_value", refunds)?,
        })
    };
    Ok(DayColumns {
        date: row.try_get("date")?,
        entries,
        dimensions,
        sessions: wanted.sessions.then(visited).transpose()?,
        purchases: wanted.purchases.then(bought).transpose()?,
        refunds: wanted.refunds.then(given_back).transpose()?,
        failed_searches: wanted.searches.then(|| numbers("failed", searches)).transpose()?,
    })
}

fn damaged(error: common::columns::DamagedColumn) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}
