//! A running day is compared with as much of the other day as has passed of it.
//!
//! What comes before that day is counted as ever. The day itself, up to the hour, comes from the hours where those are
//! exact, else from its events; a session counts with its whole values once it had an event before the hour.

use chrono::Timelike;
use common::db::TenantTx;
use common::kernel::{DateRange, hours_of_day};

use super::{Asked, StatsError, count, facts, hours};
use crate::domain::query::{BucketWidth, Dimension, Plan, Query, QueryError, Source, Span};
use crate::store::query::{Counted, Cut};

/// How much of the last day is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// Full hours of the local day.
    pub hours: u32,
}

impl Elapsed {
    /// Set when the range ends today and is compared.
    ///
    /// # Errors
    /// When a metric is not known within a day.
    pub(super) fn of(asked: &Asked<'_>) -> Result<Option<Self>, StatsError> {
        let (basis, query) = (asked.basis, asked.query);
        let compared = query.comparison.range(&query.range).is_some();
        if !compared || query.range.last() != basis.today {
            return Ok(None);
        }
        let daily = |plan: Plan| plan.carts || plan.search_sessions || plan.visitors;
        if daily(asked.plan) {
            return Err(StatsError::Query(unknown_within_a_day(query)));
        }
        // Of a day that is not loaded yet nothing has passed.
        let loaded = basis.has_data(&DateRange::single(basis.today));
        Ok(Some(Self { hours: if loaded { basis.now.hour() } else { 0 } }))
    }

    /// Counts `range` with its last day cut off.
    pub(super) async fn count(
        self,
        tx: &mut TenantTx,
        asked: &Asked<'_>,
        range: DateRange,
        spans: &[Span],
        counted: &mut Counted,
    ) -> Result<(), StatsError> {
        let last = DateRange::single(range.last());
        let before =
            range.last().pred_opt().and_then(|day| DateRange::new(range.first(), day).ok());
        let Some(micros) = self.end(asked, range) else {
            return match before {
                Some(before) => count(tx, asked, before, &until(spans, &before), counted).await,
                None => Ok(()),
            };
        };
        if single_events(asked) {
            let cut = Cut { micros, sessions_before: false };
            return events(tx, asked, range, spans, cut, counted).await;
        }
        if let Some(before) = before {
            let asked = Asked { continued: true, ..*asked };
            count(tx, &asked, before, &until(spans, &before), counted).await?;
        }
        match asked.plan.base {
            None => Ok(()),
            Some(Source::DayRollup | Source::HourRollup) => {
                hours::add(tx, asked, last, Some(micros), spans, counted).await
            }
            Some(_) => {
                let cut = Cut { micros, sessions_before: true };
                events(tx, asked, last, spans, cut, counted).await
            }
        }
    }

    /// Whether a bucket of hours lies behind what has passed, so that there is nothing to compare it with.
    pub(super) fn leaves_out(self, asked: &Asked<'_>, range: DateRange, span: &Span) -> bool {
        let within_day = asked.query.bucket.is_some_and(BucketWidth::within_day);
        within_day
            && span.days.last() == range.last()
            && self.end(asked, range).is_none_or(|end| span.start.timestamp_micros() >= end)
    }

    /// The instant of the last day that is as late as now; none when the day counts not at all.
    fn end(self, asked: &Asked<'_>, range: DateRange) -> Option<i64> {
        if self.hours == 0 {
            return None;
        }
        let hours: Vec<_> = hours_of_day(range.last(), asked.basis.zone).into_iter().collect();
        let end = hours.iter().find(|hour| hour.hour() >= self.hours);
        Some(end.map_or(i64::MAX, |end| end.timestamp_micros()))
    }
}

/// Whether sessions of different days can only be told apart event by event: by page, by hour of the day, and by
/// weekday, where the same one may be met twice.
fn single_events(asked: &Asked<'_>) -> bool {
    let weekday = asked.query.touched().any(|dimension| dimension == Dimension::Weekday);
    match asked.plan.base {
        Some(Source::Event) => true,
        Some(Source::SessionDay) => weekday,
        _ => false,
    }
}

async fn events(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    cut: Cut,
    counted: &mut Counted,
) -> Result<(), StatsError> {
    let plan = Plan { base: Some(Source::Event), ..asked.plan };
    let asked = Asked { plan, ..*asked };
    facts::count(tx, &asked, range, spans, Some(cut), counted).await
}

/// The buckets as far as they reach into `range`, which begins with them.
fn until(spans: &[Span], range: &DateRange) -> Vec<Span> {
    let cut = |span: &Span| {
        let days = DateRange::new(span.days.first(), span.days.last().min(range.last())).ok()?;
        Some(Span { days, ..span.clone() })
    };
    spans.iter().filter_map(cut).collect()
}

fn unknown_within_a_day(query: &Query) -> QueryError {
    use crate::domain::query::Class;
    let daily = [Class::Carts, Class::SearchSessions, Class::Visitors];
    let of_day = |metric: &&crate::domain::query::Metric| {
        metric.classes().iter().any(|class| daily.contains(class))
    };
    let at = query.metrics.iter().position(|metric| of_day(&metric)).unwrap_or_default();
    let name = query.metrics.get(at).map_or("", |metric| metric.name());
    QueryError {
        place: format!("metrics/{at}"),
        code: "incompatible",
        detail: format!(
            "`{name}` is not known within a day, and today is not over: compare a range that ends before today"
        ),
    }
}
