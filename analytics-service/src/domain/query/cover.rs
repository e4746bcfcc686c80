//! A range as whole months and weeks, whose users are kept as one set each, and the days beside
//! them.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use common::kernel::DateRange;

/// A calendar month, or a week from Monday on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WholeSpan {
    Month,
    Week,
}

impl WholeSpan {
    /// As in the column `span`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Week => "week",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Month, Self::Week].into_iter().find(|span| span.as_str() == name)
    }

    fn begins(self, day: NaiveDate) -> bool {
        match self {
            Self::Month => day.day0() == 0,
            Self::Week => day.weekday() == Weekday::Mon,
        }
    }

    /// The days of the one that begins on `first`.
    #[must_use]
    pub fn days(self, first: NaiveDate) -> Option<DateRange> {
        let next = match self {
            Self::Month => first.checked_add_months(Months::new(1)),
            Self::Week => first.checked_add_days(Days::new(7)),
        };
        DateRange::new(first, next?.pred_opt()?).ok()
    }
}

/// Parts that touch and cover a range, each day once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cover {
    /// With their first days.
    pub wholes: BTreeSet<(WholeSpan, NaiveDate)>,
    pub days: BTreeSet<NaiveDate>,
}

impl Cover {
    /// The longest parts that fit into `range`, added to those of other ranges: months, then weeks
    /// before and after them, then days.
    pub fn add(&mut self, range: &DateRange) {
        let mut beside = Vec::new();
        self.whole_parts(range, WholeSpan::Month, &mut beside);
        let mut days = Vec::new();
        for part in &beside {
            self.whole_parts(part, WholeSpan::Week, &mut days);
        }
        self.days.extend(days.iter().flat_map(DateRange::iter));
    }

    /// Takes those parts of `range` that are whole; what is left goes to `beside`.
    fn whole_parts(&mut self, range: &DateRange, span: WholeSpan, beside: &mut Vec<DateRange>) {
        let mut left = range.first();
        let mut day = Some(range.first());
        while let Some(first) = day.filter(|day| *day <= range.last()) {
            let whole =
                span.days(first).filter(|days| span.begins(first) && days.last() <= range.last());
            let last = whole.map_or(first, |days| days.last());
            if whole.is_some() {
                beside.extend(between(left, first.pred_opt()));
                self.wholes.insert((span, first));
                left = last.succ_opt().unwrap_or(last);
            }
            day = last.succ_opt();
        }
        beside.extend(between(left, Some(range.last())));
    }

    /// The days of those wholes that are not kept.
    #[must_use]
    pub fn days_without(&self, kept: &BTreeSet<(WholeSpan, NaiveDate)>) -> Vec<NaiveDate> {
        let missing = self.wholes.difference(kept);
        missing.filter_map(|(span, first)| span.days(*first)).flat_map(|d| d.iter()).collect()
    }
}

/// None when nothing lies between.
fn between(first: NaiveDate, last: Option<NaiveDate>) -> Option<DateRange> {
    DateRange::new(first, last?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(first: &str, last: &str) -> DateRange {
        DateRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
    }

    fn cover(range: &DateRange) -> Cover {
        let mut cover = Cover::default();
        cover.add(range);
        cover
    }

    #[test]
    fn a_quarter_is_three_months() {
        let quarter = cover(&range("2026-01-01", "2026-03-31"));
        assert_eq!((quarter.wholes.len(), quarter.days.len()), (3, 0));
    }

    #[test]
    fn weeks_stand_before_and_after_the_months() {
        let first = |text: &str| text.parse::<NaiveDate>().unwrap();
        // 2026-03-16 is a Monday; the week from the 30th on reaches into April.
        let found = cover(&range("2026-03-14", "2026-05-10"));
        let wholes = [
            (WholeSpan::Month, first("2026-04-01")),
            (WholeSpan::Week, first("2026-03-16")),
            (WholeSpan::Week, first("2026-03-23")),
            (WholeSpan::Week, first("2026-05-04")),
        ];
        assert_eq!(found.wholes, BTreeSet::from(wholes));
        let days = ["03-14", "03-15", "03-30", "03-31", "05-01", "05-02", "05-03"];
        assert_eq!(found.days, days.iter().map(|day| first(&format!("2026-{day}"))).collect());
    }

    proptest! {
        #[test]
        fn each_day_is_covered_once(offset in 0i64..3_000, length in 0i64..200) {
            let first = NaiveDate::from_ymd_opt(2019, 1, 1).unwrap() + chrono::TimeDelta::days(offset);
            let range = DateRange::new(first, first + chrono::TimeDelta::days(length)).unwrap();
            let found = cover(&range);
            let wholes = found.days_without(&BTreeSet::new());
            let mut covered: Vec<NaiveDate> = wholes.into_iter().chain(found.days.iter().copied()).collect();
            covered.sort_unstable();
            prop_assert_eq!(covered, range.iter().collect::<Vec<_>>());
        }
    }
}
