//! What a day's rollup takes from the events themselves, and not from the facts they became: pages, what belongs to no
//! session by hour, and in which hours a session was active.

use common::db::{DbError, TenantTx, sql};
use common::kernel::LoadId;

use super::hour::Hours;
use super::{OfDay, page};
use crate::domain::rollup::DayTotals;
use crate::store::day_event::DayEvents;
use crate::store::staging::Tables;
use crate::store::{plan, session_hour};

/// The beginning of a day's rollup.
#[derive(Debug)]
pub struct FromEvents {
    pub(super) hours: Hours,
    pub(super) day: DayTotals,
}

/// Reads the staged rows of a load, in a transaction of their own, and leaves what they make of each session in the load's tables.
///
/// # Errors
/// When the database refuses.
pub async fn from_staged(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    load: LoadId,
    key_events: &[String],
) -> Result<FromEvents, DbError> {
    let events = DayEvents::Staged(Tables(load));
    let begun = begin(tx, of, events).await?;
    // An attempt that was broken off may have left its own, or may still be at it.
    for statement in ["LOCK TABLE {part} IN EXCLUSIVE MODE", "DELETE FROM {part}"] {
        sql::query_of(Tables(load).text(statement)).execute(tx.conn()).await?;
    }
    let parts = include_str!("../sql/day_part.sql")
        .replace("{session_hours}", &session_hour::select("$2"))
        .replace("{part}", &Tables(load).part());
    sql::query_of(events.text(tx, &parts))
        .bind(key_events)
        .bind(begun.hours.starts())
        .execute(tx.conn())
        .await?;
    Ok(begun)
}

/// Reads the events of a day that is repaired, and leaves the hours of its sessions in `session_hour`.
///
/// # Errors
/// When the database refuses.
pub async fn from_stored(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    events: DayEvents,
) -> Result<FromEvents, DbError> {
    plan::whole_range(tx).await?;
    let begun = begin(tx, of, events).await?;
    session_hour::of_events(tx, events, begun.hours.starts()).await?;
    plan::any_scan(tx).await?;
    Ok(begun)
}

async fn begin(tx: &mut TenantTx, of: OfDay<'_>, events: DayEvents) -> Result<FromEvents, DbError> {
    let hours = Hours::of(tx, of).await?;
    let mut day = DayTotals::of(of.date);
    number_clients(tx, of, events).await?;
    plan::no_nested_loops(tx).await?;
    page::add(tx, events, &mut day).await?;
    hours.add_sessionless(tx, events, &mut day).await?;
    plan::any_join(tx).await?;
    Ok(FromEvents { hours, day })
}

/// Makes the temporary table `day_client` anew; it ends with the transaction.
async fn number_clients(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    events: DayEvents,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("DROP TABLE IF EXISTS pg_temp.day_client")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    sql::query_of(events.text(tx, include_str!("../sql/day_client.sql")))
        .bind(tenant)
        .bind(of.property_id)
        .execute(tx.conn())
        .await?;
    Ok(())
}
