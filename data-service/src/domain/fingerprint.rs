//! An order-independent fingerprint of a set of rows: two loads of the same rows agree however they were shuffled.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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

/// As text: JSON has no 128-bit numbers.
impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let read = || {
            let (rows, sum) = text.split_once('-')?;
            Some(Self { rows: rows.parse().ok()?, sum: u128::from_str_radix(sum, 16).ok()? })
        };
        read().ok_or_else(|| serde::de::Error::custom("not a fingerprint"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_does_not_matter(hashes in prop::collection::vec(any::<u128>(), 1..40)) {
            let of = |rows: &[u128]| {
                let mut print = Fingerprint::default();
                rows.iter().for_each(|row| print.add(*row));
                print
            };
            let mut reversed = hashes.clone();
            reversed.reverse();
            prop_assert_eq!(of(&hashes), of(&reversed));
            let text = serde_json::to_string(&of(&hashes)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Fingerprint>(&text).unwrap(), of(&hashes));
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
