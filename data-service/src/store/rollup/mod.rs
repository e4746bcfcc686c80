//! The rollups: made anew for each day that changed.

mod columns;
mod fact;
mod hour;
mod item;
mod page;
mod place;
mod row;
mod session;
mod set;
mod user;

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use super::plan;
use crate::domain::rollup::DayTotals;
use hour::Hours;

pub use user::derive as derive_users;

/// The day that is rolled up.
#[derive(Debug, Clone, Copy)]
struct OfDay<'a> {
    property_id: i64,
    date: NaiveDate,
    /// What money without a currency is counted in.
    default_currency: &'a str,
}

/// Rolls the day up, whose events `day_event` holds. Money without a currency counts in `default_currency`.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    default_currency: &str,
) -> Result<(), DbError> {
    let of = OfDay { property_id, date, default_currency };
    let hours = Hours::of(tx, of).await?;
    let mut day = DayTotals::of(date);
    plan::no_nested_loops(tx).await?;
    let numbers = session::numbers(tx, of).await?;
    page::add(tx, &numbers, &mut day).await?;
    let parts = hours.parts(tx, &numbers, &mut day).await?;
    drop(numbers);
    session::add(tx, of, &parts, &mut day).await?;
    session::add_sessionless(tx, of, &mut day).await?;
    fact::add_purchases(tx, of, &hours, &mut day).await?;
    fact::add_refunds(tx, of, &hours, &mut day).await?;
    fact::add_searches(tx, of, &hours, &mut day).await?;
    item::add(tx, of, &mut day).await?;
    plan::any_join(tx).await?;

    for table in [
        "DELETE FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM breakdown_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM hour_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM day_sets WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM breakdown_sets WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM hour_sets WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM day_columns WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    ] {
        sql::query(table).bind(tx.tenant()).bind(property_id).bind(date).execute(tx.conn()).await?;
    }
    row::insert_locations(tx, of, &day).await?;
    row::insert_values(tx, of, &day).await?;
    row::insert_hours(tx, of, &day).await?;
    set::insert_locations(tx, of, &day).await?;
    set::insert_values(tx, of, &day).await?;
    set::insert_hours(tx, of, &day).await?;
    columns::insert(tx, of, day.columns()).await
}
