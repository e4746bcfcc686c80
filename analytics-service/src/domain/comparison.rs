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
    fn a_leap_day_is_compared_with_the_day_before_march() {
        let leap = range("2024-02-29", "2024-03-01");
        assert_eq!(Comparison::PreviousYear.range(&leap), Some(range("2023-02-28", "2023-03-01")));
    }
}
