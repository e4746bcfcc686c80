//! Which other range an answer is compared with.

use common::kernel::DateRange;

/// How the comparison range follows from the asked one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Comparison {
    #[default]
    None,
    /// The range of equal length that ends the day before.
    PreviousPeriod,
}

impl Comparison {
    #[must_use]
    pub fn range(self, range: &DateRange) -> Option<DateRange> {
        match self {
            Self::None => None,
            Self::PreviousPeriod => range.previous(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_period_has_equal_length_and_touches() {
        let range =
            DateRange::new("2024-03-01".parse().unwrap(), "2024-03-31".parse().unwrap()).unwrap();
        let previous = Comparison::PreviousPeriod.range(&range).unwrap();
        assert_eq!(previous.days(), 31);
        assert_eq!(previous.last().succ_opt(), Some(range.first()));
        assert_eq!(Comparison::None.range(&range), None);
    }
}
