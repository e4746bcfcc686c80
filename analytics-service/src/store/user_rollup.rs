//! Tables `user_rollup` and `day_sets`: the users of whole weeks and months, and those of the days beside them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use futures_util::TryStreamExt;
use sqlx::Row;

use super::user_sets::{users, wanted_users};
use crate::domain::bitmap::UserSets;
use crate::domain::query::cover::{Cover, WholeSpan};

/// The users of one location over a part of a range.
#[derive(Debug, Clone)]
pub struct PartUsers {
    pub location: String,
    /// The day, or the first one of the week or month.
    pub first: NaiveDate,
    pub users: UserSets,
}

macro_rules! select_users {
    ($location:literal) => {
        concat!(
            "SELECT ",
            wanted_users!("$7"),
            ", location, r.first_day
             FROM unnest($4::text[], $5::date[]) AS whole (span, first_day)
             JOIN user_rollup AS r
               ON r.tenant_id = $1 AND r.property_id = $2 AND r.span = whole.span
              AND r.first_day = whole.first_day AND r.",
            $location,
            " UNION ALL SELECT ",
            wanted_users!("$7"),
            ", location, date
             FROM day_sets
             WHERE tenant_id = $1 AND property_id = $2 AND date = ANY ($6) AND ",
            $location,
            " ORDER BY location, first_day"
        )
    };
}

/// `$1` tenant, `$2` property, `$3` location, `$4` and `$5` kinds and first days of weeks and
/// months, `$6` days, `$7` which sets of users.
pub const USERS: &str = select_users!("location = $3");
/// The same of each location; `$3` is not looked at.
pub const USERS_BY_LOCATION: &str = select_users!("location <> coalesce($3, '')");

/// `$1` tenant, `$2` property, `$3` and `$4` kinds and first days of weeks and months.
pub const KEPT: &str =
    "SELECT span, first_day FROM unnest($3::text[], $4::date[]) AS whole (span, first_day)
     WHERE EXISTS (
       SELECT FROM user_rollup AS r
       WHERE r.tenant_id = $1 AND r.property_id = $2 AND r.span = whole.span
         AND r.first_day = whole.first_day)";

/// Those of the weeks and months that are kept.
///
/// # Errors
/// When the database refuses.
pub async fn kept(
    tx: &mut TenantTx,
    property_id: i64,
    wholes: &BTreeSet<(WholeSpan, NaiveDate)>,
) -> Result<BTreeSet<(WholeSpan, NaiveDate)>, DbError> {
    let tenant = tx.tenant();
    let (spans, firsts) = columns(wholes);
    let rows: Vec<(String, NaiveDate)> = sql::query_as(KEPT)
        .bind(tenant)
        .bind(property_id)
        .bind(spans)
        .bind(firsts)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.iter().filter_map(|(span, first)| Some((WholeSpan::named(span)?, *first))).collect())
}

/// Hands out the users of the cover's parts, of `location` or of each one after the other, by date. Sets that are not wanted are
/// empty. A week or month that is not kept has no rows.
///
/// # Errors
/// When the database refuses, or a set cannot be read.
pub async fn read(
    tx: &mut TenantTx,
    property_id: i64,
    location: Option<&str>,
    cover: &Cover,
    wanted: [bool; 6],
    mut each: impl FnMut(PartUsers),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let (spans, firsts) = columns(&cover.wholes);
    let days: Vec<NaiveDate> = cover.days.iter().copied().collect();
    let text = if location.is_some() { USERS } else { USERS_BY_LOCATION };
    let mut rows = sql::query(text)
        .bind(tenant)
        .bind(property_id)
        .bind(location)
        .bind(spans)
        .bind(firsts)
        .bind(days)
        .bind(wanted.to_vec())
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        each(PartUsers {
            location: row.try_get("location")?,
            first: row.try_get("first_day")?,
            users: users(&row)?,
        });
    }
    Ok(())
}

fn columns(wholes: &BTreeSet<(WholeSpan, NaiveDate)>) -> (Vec<&'static str>, Vec<NaiveDate>) {
    wholes.iter().map(|(span, first)| (span.as_str(), *first)).unzip()
}
