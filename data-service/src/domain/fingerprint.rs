//! An order-independent fingerprint of a set of rows: two loads of the same rows agree however they were shuffled or split.

use std::fmt;

/// Sum of the rows' content hashes and their number. A sum (not an xor), so that a row present twice does not vanish.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fingerprint {
    sum: u128,
    rows: u64,
}

impl Fingerprint {
    pub fn add(&mut self, row_hash: u128) {
        self.sum = self.sum.wrapping_add(row_hash);
        self.rows += 1;
    }

    pub fn merge(&mut self, other: Self) {
        self.sum = self.sum.wrapping_add(other.sum);
        self.rows += other.rows;
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }
}

/// `<rows>-<32 hex digits>`.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:032x}", self.rows, self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_and_splits_do_not_matter(hashes in prop::collection::vec(any::<u128>(), 1..40), cut in any::<prop::sample::Index>()) {
            let of = |rows: &[u128]| {
                let mut print = Fingerprint::default();
                rows.iter().for_each(|row| print.add(*row));
                print
            };
            let mut reversed = hashes.clone();
            reversed.reverse();
            prop_assert_eq!(of(&hashes), of(&reversed));
            let (left, right) = hashes.split_at(cut.index(hashes.len()));
            let mut merged = of(right);
            merged.merge(of(left));
            prop_assert_eq!(of(&hashes), merged);
        }
    }

    #[test]
    fn a_double_row_shows() {
        let (mut once, mut twice) = (Fingerprint::default(), Fingerprint::default());
        once.add(7);
        twice.add(7);
        twice.add(7);
        assert_ne!(once, twice);
        assert_eq!(once.to_string(), "1-00000000000000000000000000000007");
    }
}
