//! How far the data reaches and what is missing from an answer.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;
use common::kernel::DateRange;
pub use common::kernel::start_of_day as start_of;

/// Freshness of the data behind one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// Last day of the unbroken run of complete days.
    pub complete_through: Option<NaiveDate>,
    /// The end of that day in the property's zone.
    pub data_through: Option<DateTime<Tz>>,
    pub last_success_at: Option<DateTime<Utc>>,
    /// Days of the range that have passed and were not loaded.
    pub missing_dates: Vec<NaiveDate>,
    /// Days of the range that are loaded but not final.
    pub provisional_dates: Vec<NaiveDate>,
    /// Set when the newest ingestion that touches the range failed.
    pub stale: Option<Stale>,
}

/// Numbers are those of the last ingestion that succeeded, because a later one failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub failed_at: DateTime<Utc>,
    /// The stable code of the failure.
    pub code: String,
    /// Days of the range whose newest load failed. Empty when it was the source that could not be
    /// looked at: any day may have changed there.
    pub dates: Vec<NaiveDate>,
}

/// The state of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayState {
    Complete,
    /// Loaded from a table that the source still appends to.
    Provisional,
    /// Passed, and not loaded.
    Missing,
    /// Today or later, or an hour that has not begun: nothing can be there yet.
    Future,
}

impl Freshness {
    #[must_use]
    pub fn state(&self, day: NaiveDate, loaded: bool, today: NaiveDate) -> DayState {
        match loaded {
            true if self.provisional_dates.contains(&day) => DayState::Provisional,
            true => DayState::Complete,
            false if day < today => DayState::Missing,
            false => DayState::Future,
        }
    }

    /// Whether every day of `range` is final; the range is the one the freshness was read for.
    #[must_use]
    pub fn covers(&self, range: &DateRange) -> bool {
        self.missing_dates.is_empty()
            && self.provisional_dates.is_empty()
            && self.complete_through.is_some_and(|day| range.last() <= day)
    }
}

/// Days of `range` before `today` that are not in `loaded`.
#[must_use]
pub fn missing(
    range: &DateRange,
    loaded: &BTreeSet<NaiveDate>,
    today: NaiveDate,
) -> Vec<NaiveDate> {
    range.iter().filter(|day| *day < today && !loaded.contains(day)).collect()
}

/// The end of a local day, which is the start of the next.
#[must_use]
pub fn end_of(day: NaiveDate, zone: Tz) -> DateTime<Tz> {
    start_of(day.checked_add_days(Days::new(1)).unwrap_or(day), zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_to_come_are_not_missing() {
        let range = DateRange::new(day("2024-05-01"), day("2024-05-05")).unwrap();
        let loaded = BTreeSet::from([day("2024-05-01")]);
        assert_eq!(
            missing(&range, &loaded, day("2024-05-04")),
            [day("2024-05-02"), day("2024-05-03")]
        );
    }

    #[test]
    fn a_range_is_covered_when_all_its_days_are_final() {
        let range = DateRange::single(day("2024-05-01"));
        let fresh = Freshness {
            complete_through: Some(day("2024-05-02")),
            data_through: None,
            last_success_at: None,
            missing_dates: Vec::new(),
            provisional_dates: Vec::new(),
            stale: None,
        };
        assert!(fresh.covers(&range));
        let first = vec![day("2024-05-01")];
        assert!(!Freshness { provisional_dates: first.clone(), ..fresh.clone() }.covers(&range));
        assert!(!Freshness { missing_dates: first, ..fresh.clone() }.covers(&range));
        assert!(!Freshness { complete_through: None, ..fresh }.covers(&range));
    }

    #[test]
    fn a_day_ends_where_the_next_begins_in_its_zone() {
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(end_of(day("2024-03-31"), berlin).to_rfc3339(), "2024-04-01T00:00:00+02:00");
        assert_eq!(end_of(day("2024-03-30"), berlin).to_rfc3339(), "2024-03-31T00:00:00+01:00");
    }

    #[test]
    fn a_midnight_that_does_not_exist_is_the_end_of_the_jump() {
        let santiago = chrono_tz::America::Santiago;
        assert_eq!(start_of(day("2024-09-08"), santiago).to_rfc3339(), "2024-09-08T01:00:00-03:00");
    }

    proptest! {
        #[test]
        fn every_day_lasts_23_to_25_hours(offset in 0i64..7_000) {
            let date = day("2015-01-01") + chrono::TimeDelta::days(offset);
            for zone in [chrono_tz::Europe::Berlin, chrono_tz::America::Sao_Paulo, chrono_tz::Asia::Beirut, chrono_tz::UTC] {
                let hours = (end_of(date, zone) - start_of(date, zone)).num_hours();
                prop_assert!((23..=25).contains(&hours), "{date} {zone}: {hours}");
            }
        }
    }
}
