//! Answers a query from the read models that its plan names.

mod compared;
mod elapsed;
mod facts;
mod hours;
mod rollups;
mod slots;
mod users;

use std::collections::BTreeSet;

use common::db::TenantTx;
use common::kernel::DateRange;

use super::{Basis, StatsError};
use crate::domain::counted::{Counted, Key, MOST_ROWS, Rows, TooManyRows};
use crate::domain::freshness::DayState;
use crate::domain::metrics::Metrics;
use crate::domain::query::channel::ChannelRule;
use crate::domain::query::{
    BucketWidth, Dimension, Metric, Plan, Query, Source, Span, bucket, plan,
};
use crate::domain::totals::Totals;
use crate::store::day_columns;

use compared::Compared;
pub use elapsed::Elapsed;
use elapsed::Side;

/// One row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryRow {
    /// Place of its bucket in [`QueryAnswer::spans`]; 0 for the range as a whole.
    pub bucket: usize,
    /// Values in the order of the query's dimensions.
    pub key: Vec<String>,
    /// None where no day of the bucket is loaded, and for hours that are still to come.
    pub metrics: Option<Metrics>,
    /// None without a comparison, when none of its days is loaded, or when nothing has passed yet that can be compared.
    pub previous: Option<Metrics>,
    /// Abandoned carts whose value lacks a price.
    pub incomplete_carts: i64,
}

/// Rows in the order of buckets and keys.
#[derive(Debug, Clone)]
pub struct QueryAnswer {
    pub plan: Plan,
    pub spans: Vec<Span>,
    pub width: Option<BucketWidth>,
    pub rows: Vec<QueryRow>,
    /// Set when today is in the range and is compared: both sides end at the same full hour.
    pub elapsed: Option<Elapsed>,
}

/// Everything an answer is made of, once the basis is known.
pub(super) struct Asked<'a> {
    pub basis: &'a Basis,
    pub query: &'a Query,
    pub plan: Plan,
    /// The caller's, then the tenant's.
    pub channels: &'a [ChannelRule],
    /// More of the same rows is counted afterwards, and users of both may be the same.
    pub continued: bool,
}

impl<'a> Asked<'a> {
    /// Finds out what `query` is answered from.
    ///
    /// # Errors
    /// When it makes no sense or the database refuses.
    pub async fn new(
        tx: &mut TenantTx,
        basis: &'a Basis,
        query: &'a Query,
        channels: &'a [ChannelRule],
    ) -> Result<Self, StatsError> {
        let plan = kept(tx, basis, query, plan(query)?).await?;
        Ok(Self { basis, query, plan, channels, continued: false })
    }
}

/// Answers `query`; its own `channels` come before the tenant's.
///
/// # Errors
/// When the query makes no sense or the database refuses.
pub async fn query(
    tx: &mut TenantTx,
    basis: &Basis,
    query: &Query,
    channels: &[ChannelRule],
) -> Result<QueryAnswer, StatsError> {
    let channels = [channels, basis.settings.channels.as_slice()].concat();
    let asked = Asked::new(tx, basis, query, &channels).await?;
    let spans = spans(basis, query, &query.range)?;
    let elapsed = Elapsed::of(tx, &asked).await?;
    let cut = elapsed.filter(|elapsed| elapsed.cuts(&asked, &spans));
    let mut counted = Counted::of_answer();
    match cut {
        Some(cut) => {
            let of = (query.range, Side::Asked);
            cut.count(tx, &asked, of, &spans, &mut counted).await?;
        }
        None => count(tx, &asked, query.range, &spans, &mut counted).await?,
    }
    let mut current = counted.into_rows()?;
    let compared = Compared::count(tx, &asked, &spans, elapsed).await?;
    let keys = keys(query, &spans, &current, compared.as_ref().map(Compared::rows))?;
    let rows = keys
        .into_iter()
        .map(|key| {
            let span = spans.get(key.0);
            let previous =
                span.zip(compared.as_ref()).and_then(|(span, c)| c.metrics(&asked, span, &key));
            let totals = current.remove(&key).unwrap_or_default();
            let days = span.and_then(|span| match cut {
                Some(cut) => cut.reached(Side::Asked, &span.days),
                None => Some(span.days),
            });
            let loaded = days.is_some_and(|days| basis.has_data(&days))
                && span.is_some_and(|span| !basis.to_come(span, query.bucket));
            QueryRow {
                metrics: loaded.then(|| metrics(&asked, &key.1, &totals)),
                previous,
                incomplete_carts: totals.beside.incomplete_carts,
                bucket: key.0,
                key: key.1,
            }
        })
        .collect();
    Ok(QueryAnswer { plan: asked.plan, spans, width: query.bucket, rows, elapsed })
}

/// Days that were rolled up before their columns were kept are counted session by session, and with them all others.
async fn kept(
    tx: &mut TenantTx,
    basis: &Basis,
    query: &Query,
    plan: Plan,
) -> Result<Plan, StatsError> {
    if plan.base != Some(Source::DayColumns) {
        return Ok(plan);
    }
    for range in [Some(query.range), query.comparison.range(&query.range)].into_iter().flatten() {
        let kept = day_columns::kept(tx, basis.property_id, &range).await?;
        if basis.loaded_in(range).any(|day| !kept.contains(&day)) {
            return Ok(Plan { base: Some(Source::SessionDay), ..plan });
        }
    }
    Ok(plan)
}

pub(super) fn spans(
    basis: &Basis,
    query: &Query,
    range: &DateRange,
) -> Result<Vec<Span>, StatsError> {
    match query.bucket {
        None => Ok(vec![Span::of(*range, basis.zone)]),
        Some(width) => bucket::cut(range, width, basis.settings.week_start, basis.zone)
            .map_err(|_| StatsError::TooManyBuckets),
    }
}

pub(super) async fn count(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
    counted: &mut Counted,
) -> Result<(), StatsError> {
    rollups::count(tx, asked, range, spans, counted).await?;
    counted.check()?;
    facts::count(tx, asked, range, spans, None, counted).await
}

/// Every bucket of every value that occurs; without dimensions every bucket.
///
/// # Errors
/// When there are more than an answer may have.
fn keys(
    query: &Query,
    spans: &[Span],
    now: &Rows,
    before: Option<&Rows>,
) -> Result<BTreeSet<Key>, TooManyRows> {
    let occurring = now.keys().chain(before.into_iter().flat_map(Rows::keys));
    let mut values: BTreeSet<Vec<String>> = occurring.map(|key| key.1.clone()).collect();
    if query.dimensions.is_empty() {
        values.insert(Vec::new());
    }
    if values.len().saturating_mul(spans.len()) > MOST_ROWS {
        return Err(TooManyRows);
    }
    let buckets = 0..spans.len();
    Ok(values.into_iter().flat_map(|v| buckets.clone().map(move |b| (b, v.clone()))).collect())
}

pub(super) fn metrics(asked: &Asked<'_>, key: &[String], totals: &Totals) -> Metrics {
    let settings = &asked.basis.settings;
    let mut metrics = Metrics::of(totals, settings.currency);
    let landing = asked.query.dimensions.iter().position(|d| *d == Dimension::LandingPage);
    if landing.and_then(|at| key.get(at)).is_some_and(|page| page != "(not set)") {
        let enough = metrics.sessions >= settings.thresholds.bounce_minimum_entrances.into();
        metrics.landing_page_bounce_rate = metrics.bounce_rate.filter(|_| enough);
    }
    metrics
}

impl QueryAnswer {
    /// Whether a bucket can be relied on.
    #[must_use]
    pub fn state(&self, basis: &Basis, bucket: usize) -> DayState {
        let Some(span) = self.spans.get(bucket) else { return DayState::Missing };
        if basis.to_come(span, self.width) {
            return DayState::Future;
        }
        let states: Vec<DayState> = span.days.iter().map(|day| basis.day_state(day)).collect();
        let all = |state| states.iter().all(|s| *s == state);
        let any = |state| states.contains(&state);
        if all(DayState::Complete) {
            DayState::Complete
        } else if any(DayState::Complete) || any(DayState::Provisional) {
            DayState::Provisional
        } else if any(DayState::Missing) {
            DayState::Missing
        } else {
            DayState::Future
        }
    }

    /// The metrics of the query that may not be summed over its rows.
    #[must_use]
    pub fn non_additive(query: &Query) -> Vec<&'static str> {
        let bucketed = query.bucket.is_some() || query.dimensions.iter().any(|d| !d.of_session());
        let kept = |metric: &&Metric| !metric.adds_up(query.sessions, bucketed);
        query.metrics.iter().filter(kept).map(|metric| metric.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::tenant_config::WeekStart;

    #[test]
    fn values_of_many_buckets_are_refused_before_they_are_rows() {
        let range = DateRange::new("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
        let range = range.unwrap();
        let asked = Query {
            dimensions: vec![Dimension::LandingPage],
            ..Query::whole(vec![Metric::Sessions], range)
        };
        let spans =
            bucket::cut(&range, BucketWidth::Day, WeekStart::Monday, chrono_tz::UTC).unwrap();
        let pages = |count: usize| -> Rows {
            (0..count).map(|n| ((0, vec![format!("/{n}")]), Totals::default())).collect()
        };
        // A page that occurs in one bucket is a row in each of 365.
        assert_eq!(keys(&asked, &spans, &pages(547), None).unwrap().len(), 547 * 365);
        assert_eq!(keys(&asked, &spans, &pages(547), Some(&pages(548))), Err(TooManyRows));
    }
}
