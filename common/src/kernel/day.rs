//! Ranges of local days.

use chrono::{Days, NaiveDate};

/// No range is longer than ten years: every answer stays bounded.
pub const MAX_RANGE_DAYS: i64 = 3_660;

/// Inclusive range of local dates, first ≤ last, at most [`MAX_RANGE_DAYS`] long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateRange {
    first: NaiveDate,
    last: NaiveDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateRangeError {
    #[error("the range ends before it begins")]
    Reversed,
    #[error("the range is longer than {MAX_RANGE_DAYS} days")]
    TooLong,
}

impl DateRange {
    /// # Errors
    /// When `last` is before `first`, or the range is too long.
    pub fn new(first: NaiveDate, last: NaiveDate) -> Result<Self, DateRangeError> {
        if last < first {
            return Err(DateRangeError::Reversed);
        }
        let range = Self { first, last };
        if range.days() > MAX_RANGE_DAYS {
            return Err(DateRangeError::TooLong);
        }
        Ok(range)
    }

    #[must_use]
    pub const fn single(day: NaiveDate) -> Self {
        Self { first: day, last: day }
    }

    #[must_use]
    pub const fn first(&self) -> NaiveDate {
        self.first
    }

    #[must_use]
    pub const fn last(&self) -> NaiveDate {
        self.last
    }

    /// Number of days, at least 1.
    #[must_use]
    pub fn days(&self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// The range of the same length that ends the day before this one begins; none at the
    /// beginning of the calendar.
    #[must_use]
    pub fn previous(&self) -> Option<Self> {
        let length = Days::new(self.days().unsigned_abs());
        Some(Self { first: self.first.checked_sub_days(length)?, last: self.first.pred_opt()? })
    }

    pub fn iter(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.last;
        self.first.iter_days().take_while(move |day| *day <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn range_refuses_reversed_and_endless() {
        assert_eq!(
            DateRange::new(day("2020-12-27"), day("2020-12-21")),
            Err(DateRangeError::Reversed)
        );
        assert_eq!(
            DateRange::new(day("2000-01-01"), day("2020-12-21")),
            Err(DateRangeError::TooLong)
        );
    }

    #[test]
    fn previous_range_touches_and_has_the_same_length() {
        let week = DateRange::new(day("2020-12-21"), day("2020-12-27")).unwrap();
        let before = week.previous().unwrap();
        assert_eq!(before, DateRange::new(day("2020-12-14"), day("2020-12-20")).unwrap());
    }

    proptest! {
        #[test]
        fn iteration_visits_each_day_once(offset in 0i64..20_000, length in 0i64..400) {
            let first = day("1990-01-01") + chrono::TimeDelta::days(offset);
            let range = DateRange::new(first, first + chrono::TimeDelta::days(length)).unwrap();
            let days: Vec<_> = range.iter().collect();
            prop_assert_eq!(days.len() as i64, range.days());
            prop_assert!(days.iter().all(|d| range.contains(*d)));
        }
    }
}
