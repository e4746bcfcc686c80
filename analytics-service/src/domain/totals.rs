//! Days folded into one range.

use std::ops::AddAssign;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::bitmap::UserSets;
use super::counts::{ActivityCounts, SessionCounts};
use super::day::Day;
use super::takings::TakingsByCurrency;
use super::users::UserCounts;

/// What a range of days adds up to. Each session counts once, however many days it touched.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    pub activity: ActivityCounts,
    pub sessions: SessionCounts,
    pub takings: TakingsByCurrency,
    pub users: UserSets,
    /// Set where all users are known and their sets were let go.
    pub counted_users: Option<UserCounts>,
    pub beside: Beside,
}

/// What no rollup holds, because a threshold or the whole range decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    /// Sessions that searched often and put nothing in the cart.
    pub unconverted_searches: i64,
    pub abandoned_carts: i64,
    /// Value of the abandoned carts in the tenant's currency.
    pub cart_value: Decimal,
    /// Abandoned carts whose value lacks a price.
    pub incomplete_carts: i64,
    pub repeat_visitors: i64,
    pub hot_visitors: i64,
}

impl AddAssign for Beside {
    fn add_assign(&mut self, other: Self) {
        self.unconverted_searches += other.unconverted_searches;
        self.abandoned_carts += other.abandoned_carts;
        self.cart_value = self.cart_value.saturating_add(other.cart_value);
        self.incomplete_carts += other.incomplete_carts;
        self.repeat_visitors += other.repeat_visitors;
        self.hot_visitors += other.hot_visitors;
    }
}

/// Parts of one row.
impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.activity += other.activity;
        self.sessions += other.sessions;
        self.takings.merge(&other.takings);
        self.users |= other.users;
        self.counted_users = self.counted_users.or(other.counted_users);
        self.beside += other.beside;
    }
}

impl Totals {
    /// Takes in a day, or a part of it, of a range that begins at `first`.
    pub fn add(&mut self, day: &Day, first: NaiveDate) {
        self.activity += day.activity;
        self.sessions += day.sessions_since(first);
        self.takings.merge(&day.takings);
    }

    #[must_use]
    pub fn user_counts(&self) -> UserCounts {
        self.counted_users.unwrap_or_else(|| self.users.counts())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::domain::day::Resumed;
    use chrono::TimeDelta;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    const DAYS: i64 = 12;

    fn date(offset: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2020, 12, 21).unwrap() + TimeDelta::days(offset)
    }

    /// Totals of `days`, all of one range that begins at `first`.
    fn totals_of(days: &[&Day], first: NaiveDate) -> Totals {
        let mut totals = Totals::default();
        for day in days {
            totals.add(day, first);
        }
        totals
    }

    /// Builds the rollup the way the loader describes it, from each session's active days.
    fn rollup(sessions: &[(BTreeSet<i64>, bool)]) -> Vec<Day> {
        let mut days: Vec<Day> = (0..DAYS).map(|d| Day::quiet(date(d))).collect();
        for (active, engaged) in sessions {
            let counts = SessionCounts {
                sessions: 1,
                engaged: i64::from(*engaged),
                ..SessionCounts::default()
            };
            let mut previous = None;
            for offset in active {
                let day = &mut days[usize::try_from(*offset).unwrap()];
                match previous {
                    None => day.started += counts,
                    Some(p) => day.resumed.push(Resumed { previous_day: date(p), counts }),
                }
                previous = Some(*offset);
            }
        }
        days
    }

    proptest! {
        #[test]
        fn each_session_counts_once_in_any_range(
            sessions in vec((btree_set(0..DAYS, 1..6), any::<bool>()), 0..60),
            a in 0..DAYS,
            b in 0..DAYS,
        ) {
            let (first, last) = (a.min(b), a.max(b));
            let days = rollup(&sessions);
            let range: Vec<&Day> = days.iter().filter(|d| (date(first)..=date(last)).contains(&d.date)).collect();
            let in_range = |active: &BTreeSet<i64>| active.iter().any(|d| (first..=last).contains(d));
            let naive = sessions.iter().filter(|(active, _)| in_range(active)).count();
            let naive_engaged = sessions.iter().filter(|(active, engaged)| *engaged && in_range(active)).count();
            let totals = totals_of(&range, date(first));
            prop_assert_eq!(totals.sessions.sessions, naive as i64);
            prop_assert_eq!(totals.sessions.engaged, naive_engaged as i64);
        }

        #[test]
        fn started_sessions_of_the_days_sum_to_the_range(
            sessions in vec((btree_set(0..DAYS, 1..6), any::<bool>()), 0..60),
            first in 0..DAYS,
        ) {
            let days = rollup(&sessions);
            let range: Vec<&Day> = days.iter().filter(|d| d.date >= date(first)).collect();
            let whole = totals_of(&range, date(first)).sessions.sessions;
            let by_day: i64 = range.iter().map(|d| d.sessions_since(date(first)).sessions).sum();
            prop_assert_eq!(whole, by_day);
        }

        #[test]
        fn money_of_a_currency_sums_to_the_cent(cents in vec((0usize..3, -10_000i64..1_000_000), 0..40)) {
            use crate::domain::takings::Takings;
            let currencies = ["EUR", "USD", "JPY"].map(|c| c.parse().unwrap());
            let mut naive: BTreeMap<usize, i64> = BTreeMap::new();
            let days: Vec<Day> = cents.iter().enumerate().map(|(i, (c, amount))| {
                *naive.entry(*c).or_default() += amount;
                let mut day = Day::quiet(date(i as i64));
                day.takings.add(currencies[*c], Takings { gross_revenue: Decimal::new(*amount, 2), ..Takings::default() });
                day
            }).collect();
            let totals = totals_of(&days.iter().collect::<Vec<_>>(), date(0));
            for (c, amount) in naive {
                prop_assert_eq!(totals.takings.main(currencies[c], 0).gross_revenue, Decimal::new(amount, 2));
            }
        }
    }
}
