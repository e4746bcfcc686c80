//! The rollups: made anew for each day that changed.

mod columns;
mod fact;
mod from_events;
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
use crate::domain::rollup::Dimension;

pub use from_events::{FromEvents, from_staged, from_stored};
pub use user::derive as derive_users;

/// The day that is rolled up.
#[derive(Debug, Clone, Copy)]
pub struct OfDay<'a> {
    pub property_id: i64,
    pub date: NaiveDate,
    /// What money without a currency is counted in.
    pub default_currency: &'a str,
}

impl OfDay<'_> {
    /// The same on another day.
    #[must_use]
    pub const fn on(self, date: NaiveDate) -> Self {
        Self { date, ..self }
    }
}

/// Rolls the day up. What it takes from many events is there already, the hours of sessions in `session_hour`.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    from_events: FromEvents,
) -> Result<(), DbError> {
    let FromEvents { hours, mut day, pages } = from_events;
    let (property_id, date) = (of.property_id, of.date);
    plan::no_nested_loops(tx).await?;
    session::add(tx, of, &hours, &mut day).await?;
    session::add_sessionless(tx, of, &mut day).await?;
    fact::add_purchases(tx, of, &hours, &mut day).await?;
    fact::add_refunds(tx, of, &hours, &mut day).await?;
    fact::add_searches(tx, of, &hours, &mut day).await?;
    item::add(tx, of, &mut day).await?;
    plan::any_join(tx).await?;

    for table in [
        "DELETE FROM day_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM hour_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM day_sets WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM hour_sets WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        "DELETE FROM day_columns WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    ] {
        sql::query(table).bind(tx.tenant()).bind(property_id).bind(date).execute(tx.conn()).await?;
    }
    let kept = (!pages).then_some(Dimension::Page.as_str());
    for table in [
        "DELETE FROM breakdown_rollup WHERE tenant_id = $1 AND property_id = $2 AND date = $3
           AND dimension IS DISTINCT FROM $4",
        "DELETE FROM breakdown_sets WHERE tenant_id = $1 AND property_id = $2 AND date = $3
           AND dimension IS DISTINCT FROM $4",
    ] {
        sql::query(table)
            .bind(tx.tenant())
            .bind(property_id)
            .bind(date)
            .bind(kept)
            .execute(tx.conn())
            .await?;
    }
    row::insert_locations(tx, of, &day).await?;
    row::insert_values(tx, of, &day).await?;
    row::insert_hours(tx, of, &day).await?;
    set::insert_locations(tx, of, &day).await?;
    set::insert_values(tx, of, &day).await?;
    set::insert_hours(tx, of, &day).await?;
    columns::insert(tx, of, day.columns()).await
}
