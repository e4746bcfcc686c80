//! Answers from what is made with each day: what fits is added to the total of its bucket and key.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{NaiveDate, Timelike};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::{Asked, StatsError, users};
use crate::domain::columns::{Counter, Wanted, weekday};
use crate::domain::day::Day;
use crate::domain::hour::SessionSets;
use crate::domain::query::channel::channel;
use crate::domain::query::{
    Class, Dimension, Operator, Query, RollupGroup, SessionBasis, Source, Span,
};
use crate::domain::totals::Totals;
use crate::store::day_rollup::ALL_LOCATIONS;
use crate::store::query::{Counted, Key};
use crate::store::{breakdown_rollup, day_columns, day_rollup, hour_rollup};

pub(super) async fn count(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    match asked.plan.base {
        Some(Source::DayRollup) => from_days(tx, asked, range, spans).await,
        Some(Source::Breakdown(group)) => from_values(tx, asked, group, range, spans).await,
        Some(Source::HourRollup) => from_hours(tx, asked, range, spans).await,
        Some(Source::DayColumns) => from_columns(tx, asked, range, spans).await,
        Some(Source::SessionDay | Source::Event) | None => Ok(Counted::new()),
    }
}

/// The one location that the query is about, if it is about one or about all.
pub(super) fn single_location(query: &Query) -> Option<&str> {
    let mut of_location = query
        .filters
        .iter()
        .filter(|any| any.0.iter().any(|clause| clause.dimension == Dimension::Location));
    let Some(any) = of_location.next() else {
        return (!query.dimensions.contains(&Dimension::Location)).then_some(ALL_LOCATIONS);
    };
    match any.0.as_slice() {
        // The empty text stands for all together, which is no location.
        [clause]
            if clause.operator == Operator::Is
                && !clause.value.is_empty()
                && of_location.next().is_none() =>
        {
            Some(&clause.value)
        }
        _ => None,
    }
}

/// Whether a row with these values is asked for, and under which key.
pub(super) fn key_of<'v>(
    query: &Query,
    bucket: usize,
    value: impl Fn(Dimension) -> Cow<'v, str>,
) -> Option<Key> {
    let fits = query.filters.iter().all(|any| any.holds(&value));
    fits.then(|| {
        (bucket, query.dimensions.iter().map(|dimension| value(*dimension).into_owned()).collect())
    })
}

pub(super) fn bucket_of(spans: &[Span], date: NaiveDate) -> usize {
    spans.partition_point(|span| span.days.first() <= date).saturating_sub(1)
}

/// The rows of the answer, filled as parts of days come.
struct Rows<'a> {
    query: &'a Query,
    range: DateRange,
    spans: &'a [Span],
    counted: Counted,
}

impl<'a> Rows<'a> {
    const fn new(asked: &Asked<'a>, range: DateRange, spans: &'a [Span]) -> Self {
        Self { query: asked.query, range, spans, counted: Counted::new() }
    }

    /// Adds a part where its values are asked for.
    fn add<'v>(
        &mut self,
        bucket: usize,
        part: &Day,
        value: impl Fn(Dimension) -> Cow<'v, str>,
    ) -> Option<&mut Totals> {
        let key = key_of(self.query, bucket, value)?;
        // Each session counts once in a bucket, or in the whole range.
        let since = match (self.query.sessions, self.spans.get(bucket)) {
            (SessionBasis::Active, Some(span)) => span.days.first(),
            _ => self.range.first(),
        };
        let totals = self.counted.entry(key).or_default();
        totals.add(part, since);
        Some(totals)
    }
}

async fn from_days(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let cover = users::cover(asked, spans);
    let users_of_days = cover.is_none() && query.needs(Class::Users);
    let by_weekday = query.touched().any(|dimension| dimension == Dimension::Weekday);
    let location = single_location(query);
    let mut rows = Rows::new(asked, range, spans);
    let add = |location: &str, part: Day| {
        rows.add(bucket_of(spans, part.date), &part, |dimension| match dimension {
            Dimension::Weekday => weekday(part.date).into(),
            _ => location.into(),
        });
    };
    if users_of_days || by_weekday {
        day_rollup::each_day(tx, property, location, &range, add).await?;
    } else {
        let firsts: Vec<NaiveDate> = spans.iter().map(|span| span.days.first()).collect();
        day_rollup::each_sum(tx, property, location, &range, &firsts, add).await?;
    }
    let mut counted = rows.counted;
    if let Some(cover) = cover {
        users::add(tx, asked, spans, &cover, &mut counted).await?;
    }
    Ok(counted)
}

async fn from_values(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    group: RollupGroup,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let mut rows = Rows::new(asked, range, spans);
    let users = query.user_sets();
    breakdown_rollup::each_value(tx, property, group, &range, users, |values, part| {
        let [one, two, three] = values;
        rows.add(bucket_of(spans, part.date), &part, |dimension| {
            match (dimension, dimension.rollup()) {
                (Dimension::ChannelGroup, _) => channel(asked.channels, one, two, three).into(),
                (_, Some((_, place))) => values.get(place).copied().unwrap_or_default().into(),
                (_, None) => "".into(),
            }
        });
    })
    .await?;
    Ok(rows.counted)
}

async fn from_columns(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let mut counter = Counter::new(query, range, spans, asked.channels);
    day_columns::read(tx, property, &range, &Wanted::by(query), |day| counter.add(day)).await?;
    Ok(counter.finish())
}

async fn from_hours(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    add_hours(tx, asked, range, i64::MAX, spans, Counted::new()).await
}

/// Adds the hours of `range` that begin before `end`, in microseconds. The buckets begin with the range that is asked
/// for, of which this may be a part.
pub(super) async fn add_hours(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    end: i64,
    spans: &[Span],
    counted: Counted,
) -> Result<Counted, StatsError> {
    let (query, property, zone) = (asked.query, asked.basis.property_id, asked.basis.zone);
    let within_day = query.bucket.is_some_and(crate::domain::query::BucketWidth::within_day);
    let first = spans.first().map_or(range.first(), |span| span.days.first());
    let whole = DateRange::new(first, range.last()).unwrap_or(range);
    let mut rows = Rows { counted, ..Rows::new(asked, whole, spans) };
    let mut sets: BTreeMap<Key, SessionSets> = BTreeMap::new();
    let location = single_location(query);
    hour_rollup::each_hour(tx, property, location, &range, |location, micros, part| {
        if micros >= end {
            return;
        }
        let bucket = match within_day {
            true => spans.partition_point(|s| s.start.timestamp_micros() <= micros) - 1,
            false => bucket_of(spans, part.day.date),
        };
        let value = |dimension| match dimension {
            Dimension::Hour => chrono::DateTime::from_timestamp_micros(micros)
                .map_or(Cow::default(), |at| {
                    format!("{:02}", at.with_timezone(&zone).hour()).into()
                }),
            Dimension::Weekday => weekday(part.day.date).into(),
            _ => location.into(),
        };
        if within_day && let Some(key) = key_of(query, bucket, value) {
            *sets.entry(key).or_default() |= &part.sessions;
        }
        rows.add(bucket, &part.day, value);
    })
    .await?;
    let mut counted = rows.counted;
    if query.sessions == SessionBasis::Active {
        for (key, sets) in sets {
            counted.entry(key).or_default().sessions = sets.counts();
        }
    }
    Ok(counted)
}
