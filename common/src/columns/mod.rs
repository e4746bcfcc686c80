//! Values of a day column by column: how the table `day_columns` keeps them. data-service writes it, analytics-service reads
//! the few columns that a question touches.
//!
//! Every column of dimensions has a value for each entry of the day: first its sessions, then what belongs to no session, then
//! purchases, refunds and searches. Every measure has a number for each entry of its own kind.

mod bytes;
mod decimals;
mod numbers;
mod texts;

pub use decimals::{decimals, write_decimals};
pub use numbers::{Numbers, write_numbers};
pub use texts::{Dictionary, Texts};

/// Bits of the column `flags`, one number for each session and for each group without one.
pub mod flag {
    pub const ENGAGED: i64 = 1;
    pub const CART: i64 = 2;
    pub const CHECKOUT: i64 = 4;
    pub const CONVERTED: i64 = 8;
    /// The client was active on the day.
    pub const ACTIVE: i64 = 16;
    pub const FIRST_VISIT: i64 = 32;
    /// A session with a number above 1.
    pub const RETURNING: i64 = 64;
}

/// Bytes that are no column of the length that the row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a column of the day cannot be read")]
pub struct DamagedColumn;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    proptest! {
        #[test]
        fn numbers_come_back(values in vec(any::<i64>(), 0..50), small in vec(-300i64..300, 0..50)) {
            for values in [values, small] {
                let bytes = write_numbers(&values);
                let read = Numbers::read(&bytes, values.len()).unwrap();
                prop_assert_eq!(read.iter().collect::<Vec<_>>(), values);
            }
        }

        #[test]
        fn texts_come_back(values in vec("[a-c]{0,2}", 0..300)) {
            let mut dictionary = Dictionary::default();
            let codes: Vec<u32> = values.iter().map(|value| dictionary.code(value)).collect();
            let bytes = dictionary.write(codes.iter().copied());
            let read = Texts::read(&bytes, values.len()).unwrap();
            let texts: Vec<&str> = read.codes.iter().map(|at| read.values[*at as usize]).collect();
            prop_assert_eq!(texts, values);
        }

        #[test]
        fn decimals_come_back(values in vec((any::<i64>(), 0u32..10), 0..20)) {
            let values: Vec<Decimal> = values.into_iter().map(|(n, scale)| Decimal::new(n, scale)).collect();
            let bytes = write_decimals(&values);
            prop_assert_eq!(decimals(&bytes, values.len()).unwrap().collect::<Vec<_>>(), values);
        }

        #[test]
        fn other_bytes_are_refused_or_read_without_a_panic(bytes in vec(any::<u8>(), 0..80), entries in 0usize..20) {
            if let Ok(read) = Numbers::read(&bytes, entries) {
                prop_assert_eq!(read.iter().count(), entries);
            }
            if let Ok(read) = Texts::read(&bytes, entries) {
                prop_assert!(read.codes.iter().all(|code| (*code as usize) < read.values.len()));
            }
            prop_assert_eq!(decimals(&bytes, entries).is_ok(), bytes.len() == entries * 16);
        }
    }

    #[test]
    fn a_column_has_the_length_that_is_told() {
        let bytes = write_numbers(&[1, 2, 3]);
        assert!(Numbers::read(&bytes, 2).is_err());
        assert!(Numbers::read(&bytes, 4).is_err());
        assert_eq!(Numbers::read(&write_numbers(&[7; 9]), 9).unwrap().iter().sum::<i64>(), 63);
    }
}
