//! Which days of a property changed at the source since they were loaded.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use common::db::{Db, DbError};
use common::kernel::TenantScope;

use super::stage_day::source;
use crate::adapters::bigquery::{Warehouse, WarehouseError};
use crate::domain::shard::{Shard, ShardKind, TableName, parse};
use crate::store::shard;

/// Inclusive bounds; none means no bound.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
}

impl Window {
    fn contains(&self, day: NaiveDate) -> bool {
        self.first.is_none_or(|first| first <= day) && self.last.is_none_or(|last| day <= last)
    }
}

/// Which loaded days are compared with their tables. `tables.list` tells no modification time, so each costs a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Days that Google still rewrites as a rule, and those that are not there yet or provisional.
    Recent,
    /// Every day: late changes are rare, but happen.
    All,
    /// Every day, and it is loaded again even if it did not change.
    Reload,
}

/// The export rewrites a day for three days after it.
const REWRITTEN_FOR: Days = Days::new(4);

impl Depth {
    /// Whether the table of a stored day is looked at. `newest` is the newest day of the dataset.
    fn covers(
        self,
        candidate: &Shard,
        stored: Option<&shard::ShardRow>,
        newest: NaiveDate,
    ) -> bool {
        self != Self::Recent
            || newest <= candidate.date + REWRITTEN_FOR
            || stored.is_none_or(|row| {
                row.outdated
                    || row.loader_version != shard::LOADER_VERSION
                    || row.kind != ShardKind::Daily.as_str()
            })
    }
}

/// What a look at the dataset found.
#[derive(Debug, Default)]
pub struct Found {
    /// Tables to load, oldest day first.
    pub changed: Vec<Shard>,
    pub unchanged: usize,
    /// Older days that were taken as they are.
    pub not_compared: usize,
    /// Tables that begin like a day but name none.
    pub odd_names: usize,
    /// Days, in order, of which only provisional rows are there, at the source or here.
    pub without_daily: Vec<NaiveDate>,
}

#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What to look at.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    pub property_id: i64,
    pub dataset: &'a str,
    pub window: Window,
    pub depth: Depth,
    /// Is told after each table: thousands of them take long.
    pub looked: &'a (dyn Fn() + Sync),
}

impl std::fmt::Debug for Look<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Look").field("property_id", &self.property_id).finish_non_exhaustive()
    }
}

/// Compares the dataset's day tables with what was loaded.
///
/// # Errors
/// When the warehouse or the database does not answer.
pub async fn find_changed(
    db: &Db,
    scope: &TenantScope,
    warehouse: &dyn Warehouse,
    look: Look<'_>,
) -> Result<Found, FindError> {
    let Look { property_id, dataset, window, depth, looked } = look;
    let mut tx = db.tenant(scope).await?;
    let known: BTreeMap<NaiveDate, shard::ShardRow> =
        shard::list(&mut tx, property_id).await?.into_iter().map(|row| (row.date, row)).collect();
    drop(tx);

    let mut found = Found::default();
    let candidates = best_table_of_each_day(warehouse.list_tables(dataset).await?, &mut found);
    found.without_daily = without_daily(&candidates, &known);
    let newest = candidates.last().map_or(NaiveDate::MIN, |shard| shard.date);
    for candidate in candidates {
        if !window.contains(candidate.date) {
            continue;
        }
        let stored = known.get(&candidate.date);
        if !depth.covers(&candidate, stored, newest) {
            found.not_compared += 1;
            continue;
        }
        let table = warehouse.table(dataset, &candidate.table()).await;
        looked();
        let meta = match table {
            Ok(meta) => meta,
            // Intraday tables vanish between the two looks when the daily one is complete.
            Err(error) if error.gone() => continue,
            Err(error) => return Err(error.into()),
        };
        if depth != Depth::Reload
            && stored.is_some_and(|row| row.current(&source(&candidate, &meta)))
        {
            found.unchanged += 1;
        } else {
            found.changed.push(candidate);
        }
    }
    Ok(found)
}

/// Stored days count too: a table that streams in may be gone before the complete one comes.
fn without_daily(
    candidates: &[Shard],
    known: &BTreeMap<NaiveDate, shard::ShardRow>,
) -> Vec<NaiveDate> {
    let daily = ShardKind::Daily.as_str();
    let provisional = known.values().filter(|row| row.kind != daily).map(|row| row.date);
    let mut days: BTreeSet<NaiveDate> = provisional.collect();
    for Shard { date, kind } in candidates {
        match kind {
            ShardKind::Daily => days.remove(date),
            ShardKind::Fresh | ShardKind::Intraday => {
                !known.contains_key(date) && days.insert(*date)
            }
        };
    }
    days.into_iter().collect()
}

/// The complete day where there is one, else what streams in.
fn best_table_of_each_day(tables: Vec<String>, found: &mut Found) -> Vec<Shard> {
    let mut best: BTreeMap<NaiveDate, ShardKind> = BTreeMap::new();
    for table in tables {
        match parse(&table) {
            TableName::Shard(shard) => {
                let kind = best.entry(shard.date).or_insert(shard.kind);
                *kind = shard.kind.min(*kind);
            }
            TableName::Odd => found.odd_names += 1,
            TableName::Other => {}
        }
    }
    best.into_iter().map(|(date, kind)| Shard { date, kind }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daily_table_wins_over_the_provisional_ones() {
        let names =
            ["events_intraday_20201221", "events_20201221", "events_fresh_20201222", "events_2026"];
        let mut found = Found::default();
        let best = best_table_of_each_day(names.map(str::to_owned).to_vec(), &mut found);
        let tables: Vec<_> = best.iter().map(Shard::table).collect();
        assert_eq!(tables, ["events_20201221", "events_fresh_20201222"]);
        assert_eq!(found.odd_names, 1);
    }
}
