//! Which other range an answer is compared with.

use chrono::{Datelike, Days, NaiveDate};
use common::kernel::DateRange;

/// How the comparison range follows from the asked one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Comparison {
    #[default]
    None,
    /// The range of equal length that ends the day before.
    PreviousPeriod,
    /// The latest earlier range of equal length that begins on the same weekday and does not
    /// overlap.
    PreviousPeriodSameWeekdays,
    /// The same dates a year before; 29 February becomes the 28th.
    PreviousYear,
    /// 52 weeks before, so that weekdays meet.
    PreviousYearSameWeekdays,
    /// A range of the caller's choice.
    Custom(DateRange),
}

impl Comparison {
    #[must_use]
    pub fn range(self, range: &DateRange) -> Option<DateRange> {
        match self {
            Self::None => None,
            Self::PreviousPeriod => range.previous(),
            Self::PreviousPeriodSameWeekdays => {
                let weeks = range.days().unsigned_abs().div_ceil(7);
                back(range, weeks * 7)
            }
            Self::PreviousYear => {
                let first = year_before(range.first())?;
                DateRange::new(first, year_before(range.last())?).ok()
            }
            Self::PreviousYearSameWeekdays => back(range, 52 * 7),
            Self::Custom(range) => Some(range),
        }
    }

    /// The day of the other range that `day` of `range` is compared with: of the year before the same date, else the day that
    /// lies as far from the first. Ranges of different length have but their last days in common.
    #[must_use]
    pub fn counterpart(self, range: &DateRange, day: NaiveDate) -> Option<NaiveDate> {
        if self == Self::PreviousYear {
            return year_before(day);
        }
        let other = self.range(range)?;
        if other.days() == range.days() {
            return other.first().checked_add_signed(day - range.first());
        }
        (day == range.last()).then_some(other.last())
    }

    /// Whether every day of `range` has its own counterpart, so that buckets have one too.
    #[must_use]
    pub fn pairs_days(self, range: &DateRange) -> bool {
        match self {
            Self::Custom(other) => other.days() == range.days(),
            _ => true,
        }
    }

    /// What `range` is compared with on the day `today`: where it holds today, nothing behind today's counterpart.
    #[must_use]
    pub fn range_on(self, range: &DateRange, today: NaiveDate) -> Option<DateRange> {
        let other = self.range(range)?;
        let reached = range.contains(today).then(|| self.counterpart(range, today)).flatten();
        Some(reached.and_then(|day| DateRange::new(other.first(), day).ok()).unwrap_or(other))
    }
}

fn back(range: &DateRange, days: u64) -> Option<DateRange> {
    let back = |day: NaiveDate| day.checked_sub_days(Days::new(days));
    DateRange::new(back(range.first())?, back(range.last())?).ok()
}

fn year_before(day: NaiveDate) -> Option<NaiveDate> {
    let year = day.year() - 1;
    day.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn range(first: &str, last: &str) -> DateRange {
        DateRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_previous_period_has_equal_length_and_touches() {
        let range = range("2024-03-01", "2024-03-31");
        let previous = Comparison::PreviousPeriod.range(&range).unwrap();
        assert_eq!(previous.days(), 31);
        assert_eq!(previous.last().succ_opt(), Some(range.first()));
        assert_eq!(Comparison::None.range(&range), None);
    }

    #[test]
    fn matched_weekdays_are_the_same_days_of_the_week() {
        let ten = range("2024-03-01", "2024-03-10");
        for comparison in
            [Comparison::PreviousPeriodSameWeekdays, Comparison::PreviousYearSameWeekdays]
        {
            let other = comparison.range(&ten).unwrap();
            assert_eq!(other.first().weekday(), ten.first().weekday());
            assert_eq!(other.days(), 10);
            assert!(other.last() < ten.first());
        }
        let two_weeks_before = range("2024-02-16", "2024-02-25");
        assert_eq!(Comparison::PreviousPeriodSameWeekdays.range(&ten), Some(two_weeks_before));
    }

    #[test]
    fn ranges_of_different_length_have_their_last_days_in_common() {
        let fifteen = range("2024-03-01", "2024-03-15");
        let february = Comparison::Custom(range("2024-02-01", "2024-02-29"));
        assert!(!february.pairs_days(&fifteen));
        let last = february.counterpart(&fifteen, fifteen.last());
        assert_eq!(last, Some("2024-02-29".parse().unwrap()));
        assert_eq!(february.counterpart(&fifteen, fifteen.first()), None);
    }

    #[test]
    fn what_is_still_to_come_is_compared_with_nothing() {
        let march = range("2024-03-01", "2024-03-31");
        let on = |comparison: Comparison, today: &str| {
            comparison.range_on(&march, today.parse().unwrap()).unwrap()
        };
        let (period, year) = (Comparison::PreviousPeriod, Comparison::PreviousYear);
        assert_eq!(on(period, "2024-03-10"), range("2024-01-30", "2024-02-08"));
        assert_eq!(on(year, "2024-03-10"), range("2023-03-01", "2023-03-10"));
        assert_eq!(on(year, "2024-04-01"), range("2023-03-01", "2023-03-31"));
    }

    proptest! {
        #[test]
        fn each_day_has_its_counterpart_in_the_other_range(offset in 0i64..3_000, length in 0i64..800) {
            let first = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap() + TimeDelta::days(offset);
            let range = DateRange::new(first, first + TimeDelta::days(length)).unwrap();
            let week_before = DateRange::new(first - TimeDelta::days(7), range.last() - TimeDelta::days(7)).unwrap();
            for comparison in [Comparison::PreviousPeriod, Comparison::PreviousPeriodSameWeekdays, Comparison::PreviousYear,
                               Comparison::PreviousYearSameWeekdays, Comparison::Custom(week_before)] {
                let other = comparison.range(&range).unwrap();
                let days: Vec<_> =
                    range.iter().map(|day| comparison.counterpart(&range, day).unwrap()).collect();
                prop_assert_eq!((days[0], days[days.len() - 1]), (other.first(), other.last()));
                for (day, counterpart) in range.iter().zip(&days) {
                    prop_assert!(other.contains(*counterpart));
                    match comparison {
                        Comparison::PreviousYear => prop_assert!(
                            (day.month(), day.day()) == (2, 29) || (day.month(), day.day()) == (counterpart.month(), counterpart.day())
                        ),
                        _ => prop_assert_eq!(day - range.first(), *counterpart - other.first()),
                    }
                }
            }
        }
    }

    #[test]
    fn a_leap_day_is_compared_with_the_day_before_march() {
        let leap = range("2024-02-29", "2024-03-01");
        assert_eq!(Comparison::PreviousYear.range(&leap), Some(range("2023-02-28", "2023-03-01")));
    }
}
