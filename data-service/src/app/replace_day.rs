//! The one transaction that replaces a day: its events, everything derived from them, and what
//! the change touches on other days. Readers see the day before or after, never a mixture.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;
use common::db::{Db, DbError, TenantTx};
use common::kernel::{LoadId, TenantScope};
use common::tenant_config::NoResultsRule;

use crate::domain::event::Drift;
use crate::domain::shard::ShardKind;
use crate::store::day_event::DayEvents;
use crate::store::rollup::{FromEvents, OfDay};
use crate::store::shard::{Counts, Source};
use crate::store::staging::Tables;
use crate::store::{
    cart, day_event, event, param_drift, plan, property, purchase, refund, rollup, search,
    session_day, session_hour, sessionless_day, shard, staging,
};

/// Much less than a transaction may idle.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// A staged day, ready to be swapped in.
#[derive(Debug, Clone)]
pub struct StagedDay {
    pub property_id: i64,
    pub date: NaiveDate,
    pub load: LoadId,
    pub source: Source,
    /// Of the rows, and of the rules by which they become facts.
    pub fingerprint: [u8; 32],
    /// Rows copied to staging, duplicates included.
    pub staged_rows: i64,
    pub rejected_rows: i64,
    /// Values of another type than needed.
    pub drifts: Vec<Drift>,
    pub key_events: Vec<String>,
    pub no_results: NoResultsRule,
    /// What money without a currency is counted in.
    pub default_currency: String,
}

/// What the swap did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swapped {
    /// The source holds the rows that are there already; nothing was written.
    Unchanged,
    Replaced {
        counts: Counts,
        version: i64,
        /// Other days whose numbers changed with this one.
        repaired: Vec<NaiveDate>,
    },
}

/// The transaction beside the loading one. It may idle for as long as other loads of the property take: it holds nothing yet.
///
/// # Errors
/// When the database refuses.
pub async fn open_beside(db: &Db, scope: &TenantScope) -> Result<TenantTx, DbError> {
    let mut tx = db.tenant(scope).await?;
    plan::may_idle(&mut tx).await?;
    Ok(tx)
}

/// Swaps the day in, inside the caller's transaction `tx`. What sessions and rollups take from the day's events is read
/// from staging in `beside`, while the events themselves are written.
///
/// # Errors
/// When the database refuses; nothing has changed then.
pub async fn replace_day(
    tx: &mut TenantTx,
    beside: TenantTx,
    day: &StagedDay,
) -> Result<Swapped, DbError> {
    let (property_id, date) = (day.property_id, day.date);
    property::lock(tx, property_id).await?;
    let before = shard::find(tx, property_id, date).await?;
    // Meanwhile the complete table came and was loaded: what streamed in before is no longer wanted.
    let complete = ShardKind::Daily.as_str();
    if before.as_ref().is_some_and(|row| row.kind == complete) && day.source.kind != complete {
        staging::close(tx, day.load).await?;
        return Ok(Swapped::Unchanged);
    }
    let fingerprint = in_zone(&day.fingerprint, property::zone(tx, property_id, date).await?);
    if before.is_some_and(|row| row.fingerprint == fingerprint) {
        shard::confirmed(tx, property_id, date, &day.source, day.rejected_rows).await?;
        staging::close(tx, day.load).await?;
        return Ok(Swapped::Unchanged);
    }

    plan::for_a_whole_day(tx).await?;
    let of = OfDay { property_id, date, default_currency: &day.default_currency };
    let events = DayEvents::Staged(Tables(day.load));
    let deriving = from_staged(beside, of, day);
    let (loaded, from_events) = write_events(tx, day, deriving).await?;
    day_event::gather(tx, events, &day.no_results).await?;
    session_day::touch(tx, property_id, date, day.load).await?;
    let searched = search::derive(tx, property_id, date, &day.no_results).await?;
    let mut repaired: BTreeSet<NaiveDate> =
        session_day::derive(tx, property_id, date).await?.into_iter().chain(searched).collect();
    sessionless_day::derive(tx, property_id, date, events).await?;
    let purchases = purchase::derive(tx, property_id, date).await?;
    repaired.extend(&purchases.days);
    refund::derive(tx, property_id, date).await?;
    cart::derive(tx, property_id, date, &purchases).await?;

    let repaired: Vec<NaiveDate> = repaired.into_iter().collect();
    session_hour::of_load(tx, day.load).await?;
    rollup::derive(tx, of, from_events).await?;
    for other in &repaired {
        let of = of.on(*other);
        let from_events = rollup::from_stored(tx, of).await?;
        rollup::derive(tx, of, from_events).await?;
    }
    let rolled: BTreeSet<NaiveDate> = repaired.iter().copied().chain([date]).collect();
    rollup::derive_users(tx, property_id, &rolled).await?;
    param_drift::replace(tx, property_id, date, &day.drifts).await?;
    let counts =
        Counts { loaded, collapsed: day.staged_rows - loaded, rejected: day.rejected_rows };
    let version = property::next_version(tx, property_id).await?;
    shard::replaced(tx, property_id, date, &day.source, &fingerprint, counts, version).await?;
    shard::raise_versions(tx, property_id, &repaired, version).await?;
    staging::close(tx, day.load).await?;
    Ok(Swapped::Replaced { counts, version, repaired })
}

/// Commits what the staged rows make of each session before the loading transaction reads it.
async fn from_staged(
    mut beside: TenantTx,
    of: OfDay<'_>,
    day: &StagedDay,
) -> Result<FromEvents, DbError> {
    plan::may_not_idle(&mut beside).await?;
    // Waiting for the disk here would be waiting for the events that are being written meanwhile.
    staging::may_be_forgotten(&mut beside).await?;
    plan::for_a_whole_day(&mut beside).await?;
    let begun = rollup::from_staged(&mut beside, of, day.load, &day.key_events).await?;
    beside.commit().await?;
    Ok(begun)
}

/// The same rows fall into other hours in another zone.
fn in_zone(fingerprint: &[u8; 32], zone: Tz) -> [u8; 32] {
    *blake3::Hasher::new().update(fingerprint).update(zone.name().as_bytes()).finalize().as_bytes()
}

/// Writes the day's events while `deriving` goes on, and waits for it. A transaction that stands still is taken for that
/// of a worker that does: it says something now and then.
async fn write_events<T>(
    tx: &mut TenantTx,
    day: &StagedDay,
    deriving: impl Future<Output = Result<T, DbError>>,
) -> Result<(i64, T), DbError> {
    tokio::pin!(deriving);
    let mut derived = None;
    let loaded = {
        let writing = event::replace(tx, day.property_id, day.date, day.load);
        tokio::pin!(writing);
        loop {
            tokio::select! {
                loaded = &mut writing => break loaded?,
                done = &mut deriving, if derived.is_none() => derived = Some(done?),
            }
        }
    };
    loop {
        if let Some(derived) = derived {
            return Ok((loaded, derived));
        }
        tokio::select! {
            done = &mut deriving => derived = Some(done?),
            () = tokio::time::sleep(SIGN_OF_LIFE) => {
                plan::still_there(tx).await?;
            }
        }
    }
}
