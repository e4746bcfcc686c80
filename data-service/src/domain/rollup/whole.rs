//! Whole weeks and months, whose users are kept as one set.

use chrono::{Datelike, Days, Months, NaiveDate};

/// A week from Monday on, or a calendar month, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whole {
    Week(NaiveDate),
    Month(NaiveDate),
}

impl Whole {
    /// The week and the month that `day` is in.
    #[must_use]
    pub fn with(day: NaiveDate) -> [Self; 2] {
        let back = |days: u32| day.checked_sub_days(Days::new(days.into())).unwrap_or(day);
        [Self::Week(back(day.weekday().num_days_from_monday())), Self::Month(back(day.day0()))]
    }

    /// As in the column `span`.
    #[must_use]
    pub const fn span(self) -> &'static str {
        match self {
            Self::Week(_) => "week",
            Self::Month(_) => "month",
        }
    }

    #[must_use]
    pub const fn first(self) -> NaiveDate {
        match self {
            Self::Week(first) | Self::Month(first) => first,
        }
    }

    #[must_use]
    pub fn last(self) -> NaiveDate {
        let (first, next) = match self {
            Self::Week(first) => (first, first.checked_add_days(Days::new(7))),
            Self::Month(first) => (first, first.checked_add_months(Months::new(1))),
        };
        next.and_then(|next| next.pred_opt()).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_in_one_week_and_one_month() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let [week, month] = Whole::with(day("2026-03-01"));
        assert_eq!((week.first(), week.last()), (day("2026-02-23"), day("2026-03-01")));
        assert_eq!((month.first(), month.last()), (day("2026-03-01"), day("2026-03-31")));
        let [_, leap] = Whole::with(day("2028-02-10"));
        assert_eq!(leap.last(), day("2028-02-29"));
    }
}
