//! A running day is compared with as much of the other day as has passed of it.

use chrono::Timelike;
use common::db::TenantTx;
use common::kernel::DateRange;

use super::rollups::single_location;
use super::{Asked, StatsError};
use crate::domain::day::Day;
use crate::domain::query::{Dimension, Source, Span};
use crate::domain::totals::Totals;
use crate::store::query::Counted;
use crate::store::{day_rollup, hour_rollup};

/// How much of the last day is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// Full hours of the local day.
    pub hours: u32,
}

impl Elapsed {
    /// Set when the range ends today, for the totals of a range from its days: other answers are
    /// compared with whole days.
    pub(super) fn of(asked: &Asked<'_>) -> Option<Self> {
        let (basis, query) = (asked.basis, asked.query);
        let of_days = asked.plan.base == Some(Source::DayRollup)
            && query.bucket.is_none()
            && single_location(query).is_some()
            && !query.touched().any(|dimension| dimension == Dimension::Weekday);
        let compared = query.comparison.range(&query.range).is_some();
        let running = query.range.last() == basis.today;
        // Of a day that is not loaded yet nothing has passed.
        let loaded = basis.has_data(&DateRange::single(basis.today));
        let hours = if loaded { basis.now.hour() } else { 0 };
        (of_days && compared && running).then_some(Self { hours })
    }

    /// Counts `range` anew with its last day cut off.
    pub(super) async fn cut_off(
        self,
        tx: &mut TenantTx,
        asked: &Asked<'_>,
        range: DateRange,
        spans: &[Span],
        counted: &mut Counted,
    ) -> Result<(), StatsError> {
        let Some(location) = single_location(asked.query) else { return Ok(()) };
        let (property, zone) = (asked.basis.property_id, asked.basis.zone);
        let last = DateRange::single(range.last());
        let mut days = day_rollup::days(tx, property, location, &range).await?;
        days.remove(&range.last());
        let mut passed = Vec::new();
        hour_rollup::each_hour(tx, property, Some(location), &last, |_, micros, part| {
            let at = chrono::DateTime::from_timestamp_micros(micros);
            if at.is_some_and(|at| at.with_timezone(&zone).hour() < self.hours) {
                passed.push(part.day);
            }
        })
        .await?;
        let days: Vec<&Day> = days.values().chain(&passed).collect();
        let first = spans.first().map_or(range.first(), |span| span.days.first());
        for (key, totals) in counted.iter_mut() {
            if key.0 == 0 {
                let beside = totals.beside;
                *totals = Totals { beside, ..Totals::of(&days, first) };
            }
        }
        Ok(())
    }
}
