//! What buckets are compared with in a range of as many days, the plain way.

use std::collections::BTreeMap;

use analytics_service::app::stats::Basis;
use analytics_service::domain::comparison::Comparison;
use analytics_service::domain::freshness::end_of;
use analytics_service::domain::query::{BucketWidth, Query, Span, bucket};
use chrono::{DateTime, NaiveDate, Timelike};
use chrono_tz::Tz;
use common::kernel::{DateRange, hours_of_day};
use testkit::ga4::adversary::Adversary;
use testkit::ga4::oracle::Oracle;

use crate::expected::{Expected, expected};

/// The buckets that are asked for.
pub fn buckets(basis: &Basis, asked: &Query) -> Vec<Span> {
    match asked.bucket {
        None => vec![Span::of(asked.range, basis.zone)],
        Some(width) => {
            bucket::cut(&asked.range, width, basis.settings.week_start, basis.zone).unwrap()
        }
    }
}

/// The range of the caller's choice.
pub fn other(asked: &Query) -> DateRange {
    match asked.comparison {
        Comparison::Custom(other) => other,
        none => panic!("{none:?} is not chosen"),
    }
}

pub fn counterpart_day(asked: &Query, day: NaiveDate) -> NaiveDate {
    other(asked).first() + (day - asked.range.first())
}

/// The counterpart of each bucket. An hour that the other day does not have has none.
pub fn counterparts(asked: &Query, buckets: &[Span], zone: Tz) -> Vec<Option<Span>> {
    let day = |day| counterpart_day(asked, day);
    let counterpart = |bucket: &Span| match asked.bucket {
        Some(BucketWidth::Hour) => hours(bucket, day(bucket.days.first()), zone),
        Some(BucketWidth::FourHours) => four_hours(bucket, day(bucket.days.first()), zone),
        _ => {
            let days = DateRange::new(day(bucket.days.first()), day(bucket.days.last())).unwrap();
            Some(Span::of(days, zone))
        }
    };
    buckets.iter().map(counterpart).collect()
}

/// Each hour of the other day belongs to the asked day's hour of the same name, of the same turn where the clock shows it
/// twice, else to the last of that name.
fn hours(bucket: &Span, day: NaiveDate, zone: Tz) -> Option<Span> {
    let named = |hours: &[DateTime<Tz>], name: u32| -> Vec<DateTime<Tz>> {
        hours.iter().filter(|hour| hour.hour() == name).copied().collect()
    };
    let name = bucket.start.hour();
    let own = named(&hours_of_day(bucket.days.first(), zone), name);
    let others = named(&hours_of_day(day, zone), name);
    let turn = own.iter().position(|hour| *hour == bucket.start).unwrap();
    let mine: Vec<&DateTime<Tz>> = others
        .iter()
        .enumerate()
        .filter(|(at, _)| (*at).min(own.len() - 1) == turn)
        .map(|(_, hour)| hour)
        .collect();
    covering(mine.first().copied()?, mine.last().copied()?, day, zone)
}

fn four_hours(bucket: &Span, day: NaiveDate, zone: Tz) -> Option<Span> {
    let hours = hours_of_day(day, zone);
    let mut mine = hours.iter().filter(|hour| hour.hour() / 4 == bucket.start.hour() / 4);
    let first = mine.next()?;
    covering(first, mine.next_back().unwrap_or(first), day, zone)
}

fn covering(first: &DateTime<Tz>, last: &DateTime<Tz>, day: NaiveDate, zone: Tz) -> Option<Span> {
    let next = hours_of_day(day, zone).into_iter().find(|hour| hour > last);
    let end = next.unwrap_or_else(|| end_of(day, zone));
    Some(Span { days: DateRange::single(day), start: *first, end })
}

/// The oracle's numbers of these spans, under the buckets that they stand for. Sessions start within `range`.
pub fn of_spans(
    set: &Adversary,
    oracle: &Oracle,
    asked: &Query,
    range: DateRange,
    spans: &[Option<Span>],
) -> Expected {
    let asked = Query { range, ..asked.clone() };
    let mut all = BTreeMap::new();
    for (bucket, span) in spans.iter().enumerate() {
        let Some(span) = span else { continue };
        for ((_, key), numbers) in expected(set, oracle, &asked, std::slice::from_ref(span)) {
            all.insert((bucket, key), numbers);
        }
    }
    all
}
