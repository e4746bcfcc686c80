//! Tables `breakdown_rollup` and `breakdown_sets`: the days of each value of a dimension, and who was there.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::day_rollup::{sum, sums_of_bucket};
use super::room;
use super::user_sets::{users, wanted_users};
use crate::domain::bitmap::UserSets;
use crate::domain::day::Day;
use crate::domain::query::RollupGroup;

/// `$1` tenant, `$2` property, `$3` dimension, `$4` and `$5` range, `$6` first days of the buckets.
pub const SUMS: &str = concat!(
    "SELECT value_1, value_2, value_3, ",
    sums_of_bucket!(),
    " FROM breakdown_rollup
     WHERE tenant_id = $1 AND property_id = $2 AND dimension = $3 AND date BETWEEN $4 AND $5
     GROUP BY bucket, value_1, value_2, value_3, currency"
);

/// `$1` to `$5` are the same, `$6` is which sets of users, `$7` by which of the three values the rows are ordered before the
/// date.
pub const USERS: &str = concat!(
    "SELECT ",
    wanted_users!("$6"),
    ", date, value_1, value_2, value_3
     FROM breakdown_sets
     WHERE tenant_id = $1 AND property_id = $2 AND dimension = $3 AND date BETWEEN $4 AND $5
     ORDER BY CASE WHEN $7[1] THEN value_1 END COLLATE \"C\",
              CASE WHEN $7[2] THEN value_2 END COLLATE \"C\",
              CASE WHEN $7[3] THEN value_3 END COLLATE \"C\", date"
);

/// Hands out the sums of each bucket and value. `firsts` are the first days of the buckets; a sum has the date of its own.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn each_sum(
    tx: &mut TenantTx,
    property_id: i64,
    group: RollupGroup,
    range: &DateRange,
    firsts: &[NaiveDate],
    mut each: impl FnMut([&str; 3], Day),
) -> Result<(), DbError> {
    room::for_many_rows(tx).await?;
    let tenant = tx.tenant();
    let mut rows = sql::query(SUMS)
        .bind(tenant)
        .bind(property_id)
        .bind(group.as_str())
        .bind(range.first())
        .bind(range.last())
        .bind(firsts)
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        each(values(&row)?, sum(&row, firsts)?);
    }
    Ok(())
}

/// Hands out the users of each day and value, those with the same `ordered` values one after the other, by date. Sets that are
/// not wanted are empty.
///
/// # Errors
/// When the database refuses, or a set cannot be read.
pub async fn each_users(
    tx: &mut TenantTx,
    property_id: i64,
    group: RollupGroup,
    range: &DateRange,
    (wanted, ordered): ([bool; 6], [bool; 3]),
    mut each: impl FnMut([&str; 3], NaiveDate, UserSets),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(USERS)
        .bind(tenant)
        .bind(property_id)
        .bind(group.as_str())
        .bind(range.first())
        .bind(range.last())
        .bind(wanted.to_vec())
        .bind(ordered.to_vec())
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        each(values(&row)?, row.try_get("date")?, users(&row)?);
    }
    Ok(())
}

fn values(row: &PgRow) -> Result<[&str; 3], sqlx::Error> {
    Ok([row.try_get("value_1")?, row.try_get("value_2")?, row.try_get("value_3")?])
}

/// Source, medium and campaign as they occur together in the range, at most `most` of them.
///
/// # Errors
/// When the database refuses.
pub async fn traffic(
    tx: &mut TenantTx,
    property_id: i64,
    range: &DateRange,
    most: i64,
) -> Result<Vec<(String, String, String)>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT DISTINCT value_1, value_2, value_3 FROM breakdown_rollup
         WHERE tenant_id = $1 AND property_id = $2 AND dimension = 'traffic'
           AND date BETWEEN $3 AND $4
         LIMIT $5",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(range.first())
    .bind(range.last())
    .bind(most)
    .fetch_all(tx.conn())
    .await?)
}
