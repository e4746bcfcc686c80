//! Answers from the rollups: rows that fit are folded into one total for each bucket and key.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Timelike};
use common::db::TenantTx;
use common::kernel::DateRange;

use super::{Asked, StatsError, users};
use crate::domain::day::Day;
use crate::domain::hour::SessionSets;
use crate::domain::query::channel::channel;
use crate::domain::query::{
    Class, Dimension, Operator, Query, RollupGroup, SessionBasis, Source, Span,
};
use crate::domain::totals::Totals;
use crate::store::day_rollup::{ALL_LOCATIONS, UsersOfDays};
use crate::store::query::{Counted, Key};
use crate::store::{breakdown_rollup, day_rollup, hour_rollup};

/// Days of each row of the answer.
type Gathered<'d> = BTreeMap<Key, Vec<&'d Day>>;

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
pub(super) fn key_of(
    query: &Query,
    bucket: usize,
    value: impl Fn(Dimension) -> String,
) -> Option<Key> {
    let values: BTreeMap<Dimension, String> =
        query.touched().map(|dimension| (dimension, value(dimension))).collect();
    let of = |dimension: Dimension| values.get(&dimension).map_or("", String::as_str);
    let fits = query.filters.iter().all(|any| any.holds(of));
    let key = || query.dimensions.iter().map(|dimension| of(*dimension).to_owned()).collect();
    fits.then(|| (bucket, key()))
}

pub(super) fn bucket_of(spans: &[Span], date: NaiveDate) -> usize {
    spans.partition_point(|span| span.days.first() <= date).saturating_sub(1)
}

fn weekday(date: NaiveDate) -> String {
    date.format("%A").to_string().to_lowercase()
}

/// Each session counts once in a bucket, or in the whole range.
fn since(query: &Query, range: DateRange, span: &Span) -> NaiveDate {
    match query.sessions {
        SessionBasis::Active => span.days.first(),
        SessionBasis::Started => range.first(),
    }
}

fn fold(query: &Query, range: DateRange, spans: &[Span], gathered: Gathered<'_>) -> Counted {
    gathered
        .into_iter()
        .map(|(key, days)| {
            let first = spans.get(key.0).map_or(range.first(), |s| since(query, range, s));
            let totals = Totals::of(&days, first);
            (key, totals)
        })
        .collect()
}

async fn from_days(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    let (query, property) = (asked.query, asked.basis.property_id);
    let cover = users::cover(asked, spans);
    let of_days = match (&cover, query.needs(Class::Users)) {
        (None, true) => UsersOfDays::Read,
        _ => UsersOfDays::Leave,
    };
    let locations = match single_location(query) {
        Some(location) => {
            let days = day_rollup::days(tx, property, location, &range, of_days).await?;
            BTreeMap::from([(location.to_owned(), days)])
        }
        None => day_rollup::by_location(tx, property, &range, of_days).await?,
    };
    let mut gathered = Gathered::new();
    for (location, days) in &locations {
        for (date, day) in days {
            let value = |dimension| match dimension {
                Dimension::Weekday => weekday(*date),
                _ => location.clone(),
            };
            if let Some(key) = key_of(query, bucket_of(spans, *date), value) {
                gathered.entry(key).or_default().push(day);
            }
        }
    }
    let mut counted = fold(query, range, spans, gathered);
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
    let users = query.user_sets();
    let values = breakdown_rollup::values(tx, property, group, &range, users).await?;
    let mut gathered = Gathered::new();
    for ((values, date), day) in &values {
        let [one, two, three] = values;
        let value = |dimension: Dimension| match (dimension, dimension.rollup()) {
            (Dimension::ChannelGroup, _) => channel(asked.channels, one, two, three).to_owned(),
            (_, Some((_, place))) => values.get(place).cloned().unwrap_or_default(),
            (_, None) => String::new(),
        };
        if let Some(key) = key_of(query, bucket_of(spans, *date), value) {
            gathered.entry(key).or_default().push(day);
        }
    }
    Ok(fold(query, range, spans, gathered))
}

async fn from_hours(
    tx: &mut TenantTx,
    asked: &Asked<'_>,
    range: DateRange,
    spans: &[Span],
) -> Result<Counted, StatsError> {
    let (query, property, zone) = (asked.query, asked.basis.property_id, asked.basis.zone);
    let single = single_location(query);
    let hours = hour_rollup::hours(tx, property, single, &range).await?;
    let within_day = query.bucket.is_some_and(crate::domain::query::BucketWidth::within_day);
    let mut gathered = Gathered::new();
    let mut sets: BTreeMap<Key, SessionSets> = BTreeMap::new();
    for ((location, date, micros), hour) in &hours {
        let bucket = match within_day {
            true => spans.partition_point(|s| s.start.timestamp_micros() <= *micros) - 1,
            false => bucket_of(spans, *date),
        };
        let value = |dimension| match dimension {
            Dimension::Hour => chrono::DateTime::from_timestamp_micros(*micros)
                .map_or_else(String::new, |at| format!("{:02}", at.with_timezone(&zone).hour())),
            _ => location.clone(),
        };
        if let Some(key) = key_of(query, bucket, value) {
            if within_day {
                *sets.entry(key.clone()).or_default() |= &hour.sessions;
            }
            gathered.entry(key).or_default().push(&hour.day);
        }
    }
    let mut counted = fold(query, range, spans, gathered);
    if query.sessions == SessionBasis::Active {
        for (key, sets) in sets {
            counted.entry(key).or_default().sessions = sets.counts();
        }
    }
    Ok(counted)
}
