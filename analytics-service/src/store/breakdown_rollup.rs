//! Table `breakdown_rollup`: the days of each value of a dimension.

use common::db::{DbError, TenantTx, sql};
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::Row;

use super::day_rollup::{counts_of_day, merge};
use crate::domain::day::Day;
use crate::domain::query::RollupGroup;

/// `$1` tenant, `$2` property, `$3` dimension, `$4` and `$5` range, `$6` which of the six sets of
/// users are wanted, in the order of the columns.
pub const VALUES: &str = concat!(
    "SELECT date, value_1, value_2, value_3, currency, ",
    counts_of_day!(),
    ", CASE WHEN $6[1] THEN clients END AS clients,
       CASE WHEN $6[2] THEN active_clients END AS active_clients,
       CASE WHEN $6[3] THEN new_clients END AS new_clients,
       CASE WHEN $6[4] THEN returning_clients END AS returning_clients,
       CASE WHEN $6[5] THEN purchasing_clients END AS purchasing_clients,
       CASE WHEN $6[6] THEN known_users END AS known_users
     FROM breakdown_rollup
     WHERE tenant_id = $1 AND property_id = $2 AND dimension = $3 AND date BETWEEN $4 AND $5"
);

/// Hands out the days of each value of the range, part by part as they come. Sets of users are left empty unless they are wanted,
/// which most of a row is.
///
/// # Errors
/// When the database refuses, or a row cannot be read.
pub async fn each_value(
    tx: &mut TenantTx,
    property_id: i64,
    group: RollupGroup,
    range: &DateRange,
    users: [bool; 6],
    mut each: impl FnMut([&str; 3], Day),
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let mut rows = sql::query(VALUES)
        .bind(tenant)
        .bind(property_id)
        .bind(group.as_str())
        .bind(range.first())
        .bind(range.last())
        .bind(users.to_vec())
        .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        let mut day = Day::quiet(row.try_get("date")?);
        merge(&row, &mut day)?;
        each([row.try_get("value_1")?, row.try_get("value_2")?, row.try_get("value_3")?], day);
    }
    Ok(())
}

/// Source, medium and campaign as they occur together in the range.
///
/// # Errors
/// When the database refuses.
pub async fn traffic(
    tx: &mut TenantTx,
    property_id: i64,
    range: &DateRange,
) -> Result<Vec<(String, String, String)>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT DISTINCT value_1, value_2, value_3 FROM breakdown_rollup
         WHERE tenant_id = $1 AND property_id = $2 AND dimension = 'traffic'
           AND date BETWEEN $3 AND $4",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(range.first())
    .bind(range.last())
    .fetch_all(tx.conn())
    .await?)
}
