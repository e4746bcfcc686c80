//! A range cut into buckets: every one of them, also those in which nothing happened.

use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike};
use chrono_tz::Tz;
use common::kernel::{DateRange, hours_of_day};
use common::tenant_config::WeekStart;

use super::MAX_BUCKETS;
use crate::domain::freshness::{end_of, start_of};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketWidth {
    Hour,
    FourHours,
    Day,
    /// From Monday on, as ISO 8601 has it.
    IsoWeek,
    /// From the tenant's first day of the week on.
    Week,
    Month,
}

impl BucketWidth {
    #[must_use]
    pub const fn within_day(self) -> bool {
        matches!(self, Self::Hour | Self::FourHours)
    }

    /// The first day of the bucket that holds `day`.
    fn first_of(self, day: NaiveDate, week_start: WeekStart) -> NaiveDate {
        let back = |days: u32| day.checked_sub_days(Days::new(days.into())).unwrap_or(day);
        let monday = day.weekday().num_days_from_monday();
        match self {
            Self::Hour | Self::FourHours | Self::Day => day,
            Self::IsoWeek => back(monday),
            Self::Week => back(match week_start {
                WeekStart::Monday => monday,
                WeekStart::Saturday => (monday + 2) % 7,
                WeekStart::Sunday => (monday + 1) % 7,
            }),
            Self::Month => back(day.day0()),
        }
    }
}

/// One bucket, cut off where the range ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub days: DateRange,
    pub start: DateTime<Tz>,
    pub end: DateTime<Tz>,
}

impl Span {
    /// Of whole days.
    #[must_use]
    pub fn of(days: DateRange, zone: Tz) -> Self {
        Self { days, start: start_of(days.first(), zone), end: end_of(days.last(), zone) }
    }

    #[must_use]
    pub fn holds_micros(&self, micros: i64) -> bool {
        (self.start.timestamp_micros()..self.end.timestamp_micros()).contains(&micros)
    }
}

/// A range with more than [`MAX_BUCKETS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the range has more than {MAX_BUCKETS} buckets")]
pub struct TooManyBuckets;

/// The buckets of `range`, in order.
///
/// # Errors
/// When there are too many.
pub fn cut(
    range: &DateRange,
    width: BucketWidth,
    week_start: WeekStart,
    zone: Tz,
) -> Result<Vec<Span>, TooManyBuckets> {
    let mut spans: Vec<Span> = Vec::new();
    let mut bucket = None;
    for day in range.iter() {
        if width.within_day() {
            spans.extend(within(day, width, zone));
        } else {
            let first = width.first_of(day, week_start);
            match spans.last_mut().filter(|_| bucket == Some(first)) {
                Some(span) => {
                    let days = DateRange::new(span.days.first(), day).unwrap_or(span.days);
                    *span = Span::of(days, zone);
                }
                None => spans.push(Span::of(DateRange::single(day), zone)),
            }
            bucket = Some(first);
        }
        if spans.len() > MAX_BUCKETS {
            return Err(TooManyBuckets);
        }
    }
    Ok(spans)
}

/// The buckets of one day, of a width within it.
pub(super) fn within(day: NaiveDate, width: BucketWidth, zone: Tz) -> Vec<Span> {
    let mut starts: Vec<DateTime<Tz>> = Vec::new();
    for hour in hours_of_day(day, zone) {
        // By the clock: of an hour that comes twice the second begins no bucket of four.
        let begins =
            |last: &DateTime<Tz>| width == BucketWidth::Hour || last.hour() / 4 != hour.hour() / 4;
        if starts.last().is_none_or(begins) {
            starts.push(hour);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([end_of(day, zone)]).collect::<Vec<_>>();
    let days = DateRange::single(day);
    starts.into_iter().zip(ends).map(|(start, end)| Span { days, start, end }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(first: &str, last: &str) -> DateRange {
        DateRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    fn starts(width: BucketWidth, first: &str, last: &str) -> Vec<String> {
        let spans = cut(&range(first, last), width, WeekStart::Sunday, Tz::Europe__Berlin).unwrap();
        spans.iter().map(|span| span.start.to_rfc3339()).collect()
    }

    #[test]
    fn weeks_begin_on_the_tenants_day_or_on_monday() {
        // 2026-10-24 is a Saturday.
        let iso = starts(BucketWidth::IsoWeek, "2026-10-24", "2026-10-27");
        assert_eq!(iso, ["2026-10-24T00:00:00+02:00", "2026-10-26T00:00:00+01:00"]);
        let own = starts(BucketWidth::Week, "2026-10-24", "2026-10-27");
        assert_eq!(own, ["2026-10-24T00:00:00+02:00", "2026-10-25T00:00:00+02:00"]);
    }

    #[test]
    fn hours_of_a_long_day_are_all_there() {
        assert_eq!(starts(BucketWidth::Hour, "2026-10-25", "2026-10-25").len(), 25);
        let four = starts(BucketWidth::FourHours, "2026-10-25", "2026-10-25");
        assert_eq!(four.len(), 6);
        assert_eq!(four[1], "2026-10-25T04:00:00+01:00");
        assert_eq!(starts(BucketWidth::Hour, "2026-03-29", "2026-03-29").len(), 23);
    }

    #[test]
    fn more_than_two_thousand_are_refused() {
        let zone = Tz::UTC;
        let years = range("2017-01-01", "2026-01-01");
        let of = |width| cut(&years, width, WeekStart::Monday, zone);
        assert_eq!(of(BucketWidth::Day), Err(TooManyBuckets));
        assert_eq!(of(BucketWidth::Month).unwrap().len(), 109);
    }

    proptest! {
        #[test]
        fn buckets_touch_and_cover_the_range(offset in 0i64..3_000, length in 0i64..60) {
            let first = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap() + chrono::TimeDelta::days(offset);
            let range = DateRange::new(first, first + chrono::TimeDelta::days(length)).unwrap();
            for zone in [Tz::Europe__Berlin, Tz::Asia__Beirut, Tz::Australia__Lord_Howe] {
                for width in [BucketWidth::Hour, BucketWidth::FourHours, BucketWidth::Day,
                              BucketWidth::IsoWeek, BucketWidth::Week, BucketWidth::Month] {
                    let spans = cut(&range, width, WeekStart::Saturday, zone).unwrap();
                    prop_assert_eq!(spans[0].start, start_of(range.first(), zone));
                    prop_assert_eq!(spans[spans.len() - 1].end, end_of(range.last(), zone));
                    prop_assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
                }
            }
        }
    }
}
