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
    /// Whether `day` has the pages. They are made of the day's own events only, so that those of a repaired day stay.
    pub(super) pages: bool,
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
    let hours = Hours::of(tx, of).await?;
    let mut day = DayTotals::of(of.date);
    number_clients(tx, of, events, Clients::All).await?;
    plan::no_nested_loops(tx).await?;
    page::add(tx, events, &mut day).await?;
    hours.add_sessionless(tx, events, &mut day).await?;
    plan::any_join(tx).await?;
    // An attempt that was broken off may have left its own, or may still be at it.
    for statement in ["LOCK TABLE {part} IN EXCLUSIVE MODE", "DELETE FROM {part}"] {
        sql::query_of(Tables(load).text(statement)).execute(tx.conn()).await?;
    }
    let parts = include_str!("../sql/day_part.sql")
        .replace("{session_hours}", &session_hour::select("$2"))
        .replace("{part}", &Tables(load).part());
    sql::query_of(events.text(tx, &parts))
        .bind(key_events)
        .bind(hours.starts())
        .execute(tx.conn())
        .await?;
    Ok(FromEvents { hours, day, pages: true })
}

/// Reads the events of a day that is repaired, and leaves the hours of its sessions in `session_hour`.
///
/// # Errors
/// When the database refuses.
pub async fn from_stored(tx: &mut TenantTx, of: OfDay<'_>) -> Result<FromEvents, DbError> {
    let events = DayEvents::Stored { property_id: of.property_id, date: of.date };
    plan::whole_range(tx).await?;
    let hours = Hours::of(tx, of).await?;
    let mut day = DayTotals::of(of.date);
    number_clients(tx, of, events, Clients::WithoutSession).await?;
    plan::no_nested_loops(tx).await?;
    hours.add_sessionless(tx, events, &mut day).await?;
    plan::any_join(tx).await?;
    session_hour::of_events(tx, events, hours.starts()).await?;
    plan::any_scan(tx).await?;
    Ok(FromEvents { hours, day, pages: false })
}

/// Which clients are numbered.
#[derive(Debug, Clone, Copy)]
enum Clients {
    All,
    /// Of events that belong to no session.
    WithoutSession,
}

/// Makes the temporary table `day_client` anew; it ends with the transaction.
async fn number_clients(
    tx: &mut TenantTx,
    of: OfDay<'_>,
    events: DayEvents,
    clients: Clients,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    let which = match clients {
        Clients::All => "true",
        Clients::WithoutSession => "session_key IS NULL",
    };
    let numbers = include_str!("../sql/day_client.sql").replace("{which}", which);
    sql::query("DROP TABLE IF EXISTS pg_temp.day_client")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    sql::query_of(events.text(tx, &numbers))
        .bind(tenant)
        .bind(of.property_id)
        .execute(tx.conn())
        .await?;
    Ok(())
}
