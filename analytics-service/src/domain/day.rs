//! What is counted of one day of one property and location, as the rollup holds it.

use chrono::NaiveDate;

use super::counts::{ActivityCounts, SessionCounts};
use super::takings::TakingsByCurrency;

/// Sessions active on a day that were active before; they count for a range that begins after
/// `previous_day`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumed {
    pub previous_day: NaiveDate,
    pub counts: SessionCounts,
}

/// A loaded day.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    pub date: NaiveDate,
    pub activity: ActivityCounts,
    /// Sessions whose first day this is.
    pub started: SessionCounts,
    pub resumed: Vec<Resumed>,
    pub takings: TakingsByCurrency,
}

impl Day {
    /// A day on which nothing happened.
    #[must_use]
    pub fn quiet(date: NaiveDate) -> Self {
        Self {
            date,
            activity: ActivityCounts::default(),
            started: SessionCounts::default(),
            resumed: Vec::new(),
            takings: TakingsByCurrency::default(),
        }
    }

    /// Sessions of this day that had no event between `first` and the day before it: those a
    /// range that begins at `first` counts here.
    #[must_use]
    pub fn sessions_since(&self, first: NaiveDate) -> SessionCounts {
        let mut counts = self.started;
        for resumed in self.resumed.iter().filter(|r| r.previous_day < first) {
            counts += resumed.counts;
        }
        counts
    }
}
