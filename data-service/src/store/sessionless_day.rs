//! Table `sessionless_day`: the day's events that belong to no session.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use super::day_event::DayEvents;

/// Replaces the day's groups by those of `events`.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    events: DayEvents,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "DELETE FROM sessionless_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .execute(tx.conn())
    .await?;
    sql::query_of(events.text(tx, include_str!("sql/sessionless_day.sql")))
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    Ok(())
}
