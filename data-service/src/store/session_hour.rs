//! The temporary table `session_hour`: in which hours of the day each session was active. It ends with the transaction.

use common::db::{DbError, TenantTx, sql};
use common::kernel::LoadId;

use super::day_event::DayEvents;
use super::staging::Tables;

/// The statement that finds the hours in `{events}`; `starts` is the parameter with their first instants, in microseconds.
pub(super) fn select(starts: &str) -> String {
    include_str!("sql/session_hours.sql").replace("{starts}", starts)
}

/// Makes the table anew, of the hours that a load found.
///
/// # Errors
/// When the database refuses.
pub async fn of_load(tx: &mut TenantTx, load: LoadId) -> Result<(), DbError> {
    drop_table(tx).await?;
    sql::query_of(Tables(load).text(
        "CREATE TEMP TABLE session_hour ON COMMIT DROP AS SELECT session_key, hours FROM {part}",
    ))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes the table anew from `events`.
///
/// # Errors
/// When the database refuses.
pub async fn of_events(
    tx: &mut TenantTx,
    events: DayEvents,
    starts: &[i64],
) -> Result<(), DbError> {
    drop_table(tx).await?;
    let hours = format!("CREATE TEMP TABLE session_hour ON COMMIT DROP AS {}", select("$1"));
    sql::query_of(events.text(tx, &hours)).bind(starts).execute(tx.conn()).await?;
    Ok(())
}

async fn drop_table(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("DROP TABLE IF EXISTS pg_temp.session_hour")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    Ok(())
}
