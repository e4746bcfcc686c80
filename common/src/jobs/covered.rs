//! How far something was read, for checkpoints.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Everything from zero up to an end, each part once. It grows at its end only, so that a checkpoint made of it can
/// neither leave anything out nor count anything twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Covered(u64);

/// A part does not begin where the last one ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoverError {
    #[error("{} to {} were left out", .0.start, .0.end)]
    Gap(Range<u64>),
    #[error("{} to {} came again", .0.start, .0.end)]
    Overlap(Range<u64>),
    #[error("a part ends at {} and begins at {}", .0.end, .0.start)]
    Reversed(Range<u64>),
}

impl Covered {
    /// Where the next part begins.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.0
    }

    /// Adds the part that follows.
    ///
    /// # Errors
    /// When it does not begin at [`Self::end`]; nothing is added then.
    pub fn extend(&mut self, part: Range<u64>) -> Result<(), CoverError> {
        if part.end < part.start {
            return Err(CoverError::Reversed(part));
        }
        if part.start > self.0 {
            return Err(CoverError::Gap(self.0..part.start));
        }
        if part.start < self.0 {
            return Err(CoverError::Overlap(part.start..part.end.min(self.0)));
        }
        self.0 = part.end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gaps_and_overlaps_are_refused_and_change_nothing() {
        let mut covered = Covered::default();
        covered.extend(0..10).unwrap();
        assert_eq!(covered.extend(12..20), Err(CoverError::Gap(10..12)));
        assert_eq!(covered.extend(8..20), Err(CoverError::Overlap(8..10)));
        assert_eq!(covered.extend(0..3), Err(CoverError::Overlap(0..3)));
        #[expect(clippy::reversed_empty_ranges, reason = "what a broken source may claim")]
        let reversed = 10..4;
        assert_eq!(covered.extend(reversed.clone()), Err(CoverError::Reversed(reversed)));
        covered.extend(10..10).unwrap();
        assert_eq!(covered.end(), 10);
    }

    proptest! {
        /// Against a set of everything that was added.
        #[test]
        fn only_what_follows_is_added(parts in prop::collection::vec((0_u64..40, 0_u64..10), 0..40)) {
            let mut covered = Covered::default();
            let mut seen: Vec<u64> = Vec::new();
            for (start, length) in parts {
                let next = seen.len() as u64;
                let added = covered.extend(start..start + length).is_ok();
                prop_assert_eq!(added, start == next);
                if added {
                    seen.extend(start..start + length);
                }
                prop_assert_eq!(covered.end(), seen.len() as u64);
            }
            prop_assert!(seen.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        }
    }
}
