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

/// Two ranges that no window holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the range and the other one are more than ten years together")]
pub struct WindowTooLong;

impl Question {
    /// # Errors
    /// When the range and the one it is compared with are too far apart to be read together.
    pub fn new(
        property_id: Option<i64>,
        location: Option<String>,
        range: DateRange,
        comparison: Comparison,
    ) -> Result<Self, WindowTooLong> {
        let question = Self { property_id, location, range, comparison };
        let window = question.window();
        let fits = match question.compared_with() {
            None => comparison == Comparison::None,
            Some(other) => window.contains(other.first()) && window.contains(other.last()),
        };
        fits.then_some(question).ok_or(WindowTooLong)
    }

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
        // One that is too long is none of a question.
        DateRange::new(first, self.range.last().max(other.last())).unwrap_or(self.range)
    }
}
