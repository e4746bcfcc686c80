//! The rows of an answer as far as they are counted.

use std::collections::BTreeMap;
use std::{fmt, mem};

use super::totals::Totals;

/// The bucket's place among the buckets, and the values of the dimensions.
pub type Key = (usize, Vec<String>);

/// Rows in the order of their keys.
pub type Rows = BTreeMap<Key, Totals>;

/// Rows to count into. There are never more than a bound of them in memory.
pub struct Counted {
    rows: Rows,
    most: usize,
    full: Full,
}

/// What happens to the row after the last that may be in memory.
enum Full {
    /// All rows leave.
    Take(Box<dyn FnMut(Rows) + Send>),
    /// It is not kept; set once there was one.
    Refuse(Option<Box<Totals>>),
}

/// More rows than an answer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the answer has more than {MOST_ROWS} rows: ask for less, or let `POST /stats/export` write them to a file"
)]
pub struct TooManyRows;

/// Rows of an answer that is made in memory, of about a kilobyte each.
pub const MOST_ROWS: usize = 200_000;

impl Counted {
    /// The rows of an answer, at most [`MOST_ROWS`].
    #[must_use]
    pub fn of_answer() -> Self {
        Self::at_most(MOST_ROWS)
    }

    fn at_most(most: usize) -> Self {
        Self { rows: Rows::new(), most, full: Full::Refuse(None) }
    }

    /// Before there are more than `most` rows, `take` gets all of them. What is counted of a key afterwards adds to what left.
    #[must_use]
    pub fn bounded(most: usize, take: impl FnMut(Rows) + Send + 'static) -> Self {
        Self { rows: Rows::new(), most, full: Full::Take(Box::new(take)) }
    }

    /// The row to add to. What is added to one too many goes nowhere: [`Self::check`] tells.
    pub fn at(&mut self, key: Key) -> &mut Totals {
        if self.rows.len() >= self.most && !self.rows.contains_key(&key) {
            match &mut self.full {
                Full::Take(take) => take(mem::take(&mut self.rows)),
                Full::Refuse(lost) => return lost.insert(Box::default()),
            }
        }
        self.rows.entry(key).or_default()
    }

    /// # Errors
    /// When there were more rows than may be.
    pub const fn check(&self) -> Result<(), TooManyRows> {
        match self.full {
            Full::Refuse(Some(_)) => Err(TooManyRows),
            _ => Ok(()),
        }
    }

    /// The rows that are in memory.
    ///
    /// # Errors
    /// When there were more rows than may be.
    pub fn into_rows(self) -> Result<Rows, TooManyRows> {
        self.check().map(|()| self.rows)
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_too_many_is_an_error_and_takes_no_memory() {
        let row = |at: usize| (at, Vec::new());
        let mut counted = Counted::at_most(2);
        for at in [0, 1, 0] {
            counted.at(row(at)).sessions.sessions += 1;
        }
        assert_eq!(counted.check(), Ok(()));
        for at in 2..10 {
            assert_eq!(counted.at(row(at)).sessions.sessions, 0);
            counted.at(row(at)).sessions.sessions += 1;
        }
        assert_eq!(counted.rows.len(), 2);
        assert_eq!(counted.into_rows(), Err(TooManyRows));
    }
}
