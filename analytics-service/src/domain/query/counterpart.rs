//! The other range of a comparison, cut so that each bucket meets the counterpart of exactly its own days and hours.

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike};
use chrono_tz::Tz;
use common::kernel::DateRange;

use super::bucket::within;
use super::{BucketWidth, Query, Span};
use crate::domain::freshness::{end_of, start_of};

/// What the buckets of a query are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counterparts {
    /// Of each bucket its counterpart. None for an hour that the other day does not have.
    pub spans: Vec<Option<Span>>,
    /// The other range as it has to be counted. One is enough but where counterparts overlap: 28 and 29 February have the
    /// same one.
    pub layers: Vec<Layer>,
}

/// Spans that touch and cover the other range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub spans: Vec<Span>,
    /// Of each span the bucket that it is the counterpart of. None for what lies between: 29 February of the year before, or an
    /// hour that the asked day does not have.
    pub buckets: Vec<Option<usize>>,
}

impl Counterparts {
    /// Pairs the buckets `spans` of the query with parts of `other`, the range it is compared with.
    #[must_use]
    pub fn of(query: &Query, spans: &[Span], other: &DateRange, zone: Tz) -> Self {
        let pairs: Vec<Option<Span>> = match query.bucket {
            None => vec![Some(Span::of(*other, zone))],
            Some(width) if width.within_day() => hours(query, spans, width, zone),
            Some(_) => spans.iter().map(|span| days(query, &span.days, zone)).collect(),
        };
        let mut layers: Vec<Layer> = Vec::new();
        for (bucket, span) in pairs.iter().enumerate() {
            let Some(span) = span else { continue };
            let begin = start_of(other.first(), zone);
            let free = layers.iter_mut().find(|layer| layer.end(begin) <= span.start);
            match free {
                Some(layer) => layer.push(span, bucket, begin),
                None => {
                    let mut layer = Layer { spans: Vec::new(), buckets: Vec::new() };
                    layer.push(span, bucket, begin);
                    layers.push(layer);
                }
            }
        }
        for layer in &mut layers {
            layer.fill(start_of(other.first(), zone), end_of(other.last(), zone));
        }
        Self { spans: pairs, layers }
    }
}

impl Layer {
    fn end(&self, begin: DateTime<Tz>) -> DateTime<Tz> {
        self.spans.last().map_or(begin, |span| span.end)
    }

    fn push(&mut self, span: &Span, bucket: usize, begin: DateTime<Tz>) {
        self.fill(begin, span.start);
        self.spans.push(span.clone());
        self.buckets.push(Some(bucket));
    }

    /// Covers what is left before `until`.
    fn fill(&mut self, begin: DateTime<Tz>, until: DateTime<Tz>) {
        let start = self.end(begin);
        if start >= until {
            return;
        }
        let last = (until - TimeDelta::microseconds(1)).date_naive();
        let days = DateRange::new(start.date_naive(), last);
        let days = days.unwrap_or_else(|_| DateRange::single(start.date_naive()));
        self.spans.push(Span { days, start, end: until });
        self.buckets.push(None);
    }
}

fn days(query: &Query, days: &DateRange, zone: Tz) -> Option<Span> {
    let day = |day| query.comparison.counterpart(&query.range, day);
    let days = DateRange::new(day(days.first())?, day(days.last())?).ok()?;
    Some(Span::of(days, zone))
}

/// By the day and by the clock. Of an hour that comes twice each time is compared with its own; where the other day has it
/// but once, or more often, the last of the asked ones takes what is left.
fn hours(query: &Query, spans: &[Span], width: BucketWidth, zone: Tz) -> Vec<Option<Span>> {
    let label = |span: &Span| match width {
        BucketWidth::FourHours => span.start.hour() / 4,
        _ => span.start.hour(),
    };
    let same_day = |one: &Span, other: &Span| one.days == other.days;
    let of_day = |asked: &[Span]| {
        let day: Option<NaiveDate> = asked
            .first()
            .and_then(|span| query.comparison.counterpart(&query.range, span.days.first()));
        let others = day.map_or_else(Vec::new, |day| within(day, width, zone));
        let counterpart = |(at, span): (usize, &Span)| {
            let alike = |other: &&Span| label(other) == label(span);
            let (before, after) = (asked.get(..at)?, asked.get(at + 1..)?);
            let mut own = others.iter().filter(alike).skip(before.iter().filter(alike).count());
            let mut found = own.next()?.clone();
            if !after.iter().any(|other| label(other) == label(span)) {
                found.end = own.last().map_or(found.end, |last| last.end);
            }
            Some(found)
        };
        asked.iter().enumerate().map(counterpart).collect::<Vec<_>>()
    };
    spans.chunk_by(same_day).flat_map(of_day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::comparison::Comparison;
    use crate::domain::query::{Metric, bucket};
    use common::tenant_config::WeekStart;
    use proptest::prelude::*;

    const WIDTHS: [BucketWidth; 6] = [
        BucketWidth::Hour,
        BucketWidth::FourHours,
        BucketWidth::Day,
        BucketWidth::IsoWeek,
        BucketWidth::Week,
        BucketWidth::Month,
    ];

    fn range(first: &str, last: &str) -> DateRange {
        DateRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    fn pair(
        range: DateRange,
        comparison: Comparison,
        width: BucketWidth,
        zone: Tz,
    ) -> (Vec<Span>, Counterparts) {
        let query = Query {
            comparison,
            bucket: Some(width),
            ..Query::whole(vec![Metric::Sessions], range)
        };
        let spans = bucket::cut(&range, width, WeekStart::Saturday, zone).unwrap();
        let other = comparison.range(&range).unwrap();
        let counterparts = Counterparts::of(&query, &spans, &other, zone);
        (spans, counterparts)
    }

    fn days(range: DateRange, comparison: Comparison, width: BucketWidth) -> Vec<DateRange> {
        let (_, counterparts) = pair(range, comparison, width, Tz::UTC);
        counterparts.spans.into_iter().map(|span| span.unwrap().days).collect()
    }

    #[test]
    fn a_month_meets_the_days_that_lie_as_far_from_the_first() {
        // February is compared with as many days of the period before, which are no month.
        let quarter = range("2026-01-01", "2026-03-31");
        let months = days(quarter, Comparison::PreviousPeriod, BucketWidth::Month);
        assert_eq!(
            months,
            [
                range("2025-10-03", "2025-11-02"),
                range("2025-11-03", "2025-11-30"),
                range("2025-12-01", "2025-12-31")
            ]
        );
        let years = days(quarter, Comparison::PreviousYear, BucketWidth::Month);
        assert_eq!(years[1], range("2025-02-01", "2025-02-28"));
    }

    #[test]
    fn a_leap_day_shares_its_counterpart_and_has_none_of_its_own() {
        let leap = range("2024-02-28", "2024-03-01");
        let (_, of_leap) = pair(leap, Comparison::PreviousYear, BucketWidth::Day, Tz::UTC);
        assert_eq!(of_leap.layers.len(), 2);
        assert_eq!(of_leap.spans[0], of_leap.spans[1]);
        let after = range("2025-02-28", "2025-03-01");
        let (_, of_after) = pair(after, Comparison::PreviousYear, BucketWidth::Day, Tz::UTC);
        assert_eq!(of_after.layers[0].buckets, [Some(0), None, Some(1)]);
    }

    #[test]
    fn hours_meet_by_the_clock_where_it_changes() {
        let zone = Tz::Europe__Berlin;
        // 25 hours against 24, and the other way around.
        let long = range("2026-10-25", "2026-10-25");
        let (spans, of_long) = pair(long, Comparison::PreviousPeriod, BucketWidth::Hour, zone);
        assert_eq!(spans.len(), 25);
        assert_eq!(of_long.spans[3], None, "the hour after two comes once the day before");
        let start = |span: &Option<Span>| span.as_ref().unwrap().start.hour();
        assert_eq!((start(&of_long.spans[2]), start(&of_long.spans[24])), (2, 23));
        let after = range("2026-10-26", "2026-10-26");
        let (_, of_after) = pair(after, Comparison::PreviousPeriod, BucketWidth::Hour, zone);
        let two = of_after.spans[2].as_ref().unwrap();
        assert_eq!((two.end - two.start).num_hours(), 2, "both hours after two");
        // The same change a year before: each of the two has its own.
        let year = Comparison::PreviousYearSameWeekdays;
        let (_, of_both) = pair(long, year, BucketWidth::Hour, zone);
        assert!(
            of_both.spans.iter().flatten().all(|span| (span.end - span.start).num_hours() == 1)
        );
        assert_eq!(of_both.spans.iter().flatten().count(), 25);
    }

    proptest! {
        #[test]
        fn layers_cover_the_other_range_and_hold_each_counterpart_once(
            offset in 0i64..3_000, length in 0i64..80,
        ) {
            let first = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap() + TimeDelta::days(offset);
            let range = DateRange::new(first, first + TimeDelta::days(length)).unwrap();
            for zone in [Tz::Europe__Berlin, Tz::Asia__Beirut, Tz::Australia__Lord_Howe] {
                for width in WIDTHS {
                    for comparison in [Comparison::PreviousPeriod, Comparison::PreviousPeriodSameWeekdays,
                                       Comparison::PreviousYear, Comparison::PreviousYearSameWeekdays] {
                        let other = comparison.range(&range).unwrap();
                        let (spans, counterparts) = pair(range, comparison, width, zone);
                        prop_assert_eq!(spans.len(), counterparts.spans.len());
                        let mut met = vec![0; spans.len()];
                        for layer in &counterparts.layers {
                            prop_assert_eq!(layer.spans[0].start, start_of(other.first(), zone));
                            prop_assert_eq!(layer.end(layer.spans[0].start), end_of(other.last(), zone));
                            prop_assert!(layer.spans.windows(2).all(|pair| pair[0].end == pair[1].start));
                            for (span, bucket) in layer.spans.iter().zip(&layer.buckets) {
                                if let Some(bucket) = bucket {
                                    prop_assert_eq!(Some(span), counterparts.spans[*bucket].as_ref());
                                    met[*bucket] += 1;
                                }
                            }
                        }
                        for ((span, counterpart), met) in spans.iter().zip(&counterparts.spans).zip(met) {
                            prop_assert_eq!(met, usize::from(counterpart.is_some()));
                            let Some(counterpart) = counterpart else { continue };
                            if width.within_day() {
                                let (one, two) = (span.start.hour(), counterpart.start.hour());
                                prop_assert!(one == two || width == BucketWidth::FourHours && one / 4 == two / 4);
                            } else {
                                // What its days alone would be compared with, had they been asked for by date.
                                let day = |day| comparison.counterpart(&range, day).unwrap();
                                let own = (day(span.days.first()), day(span.days.last()));
                                prop_assert_eq!((counterpart.days.first(), counterpart.days.last()), own);
                            }
                        }
                    }
                }
            }
        }
    }
}
