//! What is asked.

use common::kernel::DateRange;

use crate::domain::comparison::Comparison;
use crate::store::day_rollup::ALL_LOCATIONS;

/// Which part of which property, over which days.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// None: the only one the tenant has.
    pub property_id: Option<i64>,
    /// None: all locations together.
    pub location: Option<String>,
    pub range: DateRange,
    pub comparison: Comparison,
}

impl Question {
    #[must_use]
    pub fn location_key(&self) -> &str {
        self.location.as_deref().unwrap_or(ALL_LOCATIONS)
    }

    #[must_use]
    pub fn compared_with(&self) -> Option<DateRange> {
        self.comparison.range(&self.range)
    }

    /// Every day between the first and the last that the answer reads.
    #[must_use]
    pub fn window(&self) -> DateRange {
        let other = self.compared_with().unwrap_or(self.range);
        let first = self.range.first().min(other.first());
        // A window of twice the longest range is longer than a range may be.
        DateRange::new(first, self.range.last().max(other.last())).unwrap_or(self.range)
    }
}
