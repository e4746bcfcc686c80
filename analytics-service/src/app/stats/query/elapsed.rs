//! A running day is compared as far as its data reaches: today and its counterpart end at the same full hour, and what lies
//! behind them is left out.
//!
//! What comes before such a day is counted as ever. The day itself, up to the hour, comes from the hours where those are
//! exact, else from its events; a session counts with its whole values once it had an event before the hour.

use chrono::{DateTime, NaiveDate, Timelike};
use chrono_tz::Tz;
use common::db::TenantTx;
use common::kernel::{DateRange, hours_of_day};

use super::{Asked, StatsError, count, facts, hours};
use crate::domain::query::{Dimension, Plan, Query, QueryError, Source, Span};
use crate::store::hour_rollup;
use crate::store::query::{Counted, Cut};

/// How much of a running day is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// Full hours of the local day that have passed and are loaded.
    pub hours: u32,
    today: NaiveDate,
    /// The day that today is compared with.
    counterpart: NaiveDate,
}

/// One of the two ranges of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Asked,
    Other,
}

impl Elapsed {
    /// Set when today is in the range and is compared.
    ///
    /// # Errors
    /// When a metric is not known within a day, no day of the other range is today's counterpart, or the database refuses.
    pub(super) async fn of(
        tx: &mut TenantTx,
        asked: &Asked<'_>,
    ) -> Result<Option<Self>, StatsError> {
        let (basis, query) = (asked.basis, asked.query);
        let (range, today) = (&query.range, basis.today);
        if query.comparison.range(range).is_none() || !range.contains(today) {
            return Ok(None);
        }
        let daily = |plan: Plan| plan.carts || plan.search_sessions || plan.visitors;
        if daily(asked.plan) {
            return Err(StatsError::Query(unknown_within_a_day(query)));
        }
        let Some(counterpart) = query.comparison.counterpart(range, today) else {
            let detail = "the range reaches past today: compare it with one of as many days, or end it today";
            let error = QueryError::new("comparison", "incompatible", detail.to_owned());
            return Err(StatsError::Query(error));
        };
        // The newest event is in an hour that is not known to be over.
        let newest = match basis.loaded(today) {
            true => hour_rollup::newest(tx, basis.property_id, today).await?,
            false => None,
        };
        let reached = newest.map(|newest| newest.with_timezone(&basis.zone).min(basis.now));
        Ok(Some(Self { hours: reached.map_or(0, |at| at.hour()), today, counterpart }))
    }

    const fn last_day(self, side: Side) -> NaiveDate {
        match side {
            Side::Asked => self.today,
            Side::Other => self.counterpart,
        }
    }

    /// Whether one of the asked buckets has to be cut. One that begins where the cut is has its numbers whole, and is
    /// compared with nothing.
    pub(super) fn cuts(self, asked: &Asked<'_>, spans: &[Span]) -> bool {
        let end = self.end(asked, Side::Asked);
        end.is_some_and(|end| spans.iter().any(|span| span.start < end && end < span.end))
    }

    /// Whether anything of an asked bucket has passed that can be compared.
    pub(super) fn compares(self, asked: &Asked<'_>, span: &Span) -> bool {
        self.end(asked, Side::Asked).is_none_or(|end| span.start < end)
    }

    /// The days of a bucket that count, if any do.
    pub(super) fn reached(self, side: Side, days: &DateRange) -> Option<DateRange> {
        let last = self.last_day(side);
        let last = if self.hours == 0 { last.pred_opt()? } else { last };
        DateRange::new(days.first(), days.last().min(last)).ok()
    }

    /// Counts `range` as far as it is compared.
    pub(super) async fn count(
        self,
        tx: &mut TenantTx,
        asked: &Asked<'_>,
        (range, side): (DateRange, Side),
        spans: &[Span],
        counted: &mut Counted,
    ) -> Result<(), StatsError> {
        let day = self.last_day(side);
        let last = DateRange::single(day);
        let before = day.pred_opt().and_then(|day| DateRange::new(range.first(), day).ok());
        if self.hours == 0 {
            return match before {
                Some(before) => count(tx, asked, before, &until(spans, &before), counted).await,
                None => Ok(()),
            };
        }
        let micros = self.end(asked, side).map_or(i64::MAX, |end| end.timestamp_micros());
        let range = DateRange::new(range.first(), day).unwrap_or(last);
        let spans = &until(spans, &range);
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

    /// Where the last day ends by the clock; none when it has no hour that late.
    fn end(self, asked: &Asked<'_>, side: Side) -> Option<DateTime<Tz>> {
        let hours = hours_of_day(self.last_day(side), asked.basis.zone);
        hours.into_iter().find(|hour| hour.hour() >= self.hours)
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
