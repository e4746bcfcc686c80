//! The rows of an answer as far as they are counted.

use std::collections::BTreeMap;
use std::{fmt, mem};

use super::totals::Totals;

/// The bucket's place among the buckets, and the values of the dimensions.
pub type Key = (usize, Vec<String>);

/// Rows in the order of their keys.
pub type Rows = BTreeMap<Key, Totals>;

/// Rows to count into, all in memory or at most so many at once.
#[derive(Default)]
pub struct Counted {
    rows: Rows,
    overflow: Option<Overflow>,
}

struct Overflow {
    most: usize,
    take: Box<dyn FnMut(Rows) + Send>,
}

impl Counted {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Before there are more than `most` rows, `take` gets all of them. What is counted of a key afterwards adds to what left.
    #[must_use]
    pub fn bounded(most: usize, take: impl FnMut(Rows) + Send + 'static) -> Self {
        Self { rows: Rows::new(), overflow: Some(Overflow { most, take: Box::new(take) }) }
    }

    /// The row to add to.
    pub fn at(&mut self, key: Key) -> &mut Totals {
        if let Some(overflow) = &mut self.overflow
            && self.rows.len() >= overflow.most
            && !self.rows.contains_key(&key)
        {
            (overflow.take)(mem::take(&mut self.rows));
        }
        self.rows.entry(key).or_default()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows that are in memory.
    #[must_use]
    pub fn into_rows(self) -> Rows {
        self.rows
    }
}

impl fmt::Debug for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counted").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
