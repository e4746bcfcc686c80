//! Rows that are not loaded, and how many of them a file may have.

use super::{Encoding, Place};

/// How much of a rejected record is kept.
pub const MAX_RAW_BYTES: usize = 8 * 1024;

/// A record that was left out, with what someone needs to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub place: Place,
    /// The field whose value was refused; `None` when the record as a whole was.
    pub column: Option<String>,
    pub reason: RejectReason,
    /// The record as it stands in the file, at most [`MAX_RAW_BYTES`].
    pub raw: String,
    /// The record's key where it could be read: a row that is present but faulty is not missing.
    pub code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    MissingValue,
    TooLong,
    InvalidEncoding,
    InvalidCharacter,
    InvalidEmail,
    UnknownTimeZone,
    /// A code that the statistics use for "no branch".
    ReservedCode,
    TooFewColumns,
    TooManyColumns,
    /// The line is no JSON object.
    InvalidJson,
    /// A value in a column that earlier files did not have.
    UnknownColumn,
}

impl RejectReason {
    /// The published code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingValue => "missing_value",
            Self::TooLong => "too_long",
            Self::InvalidEncoding => "invalid_encoding",
            Self::InvalidCharacter => "invalid_character",
            Self::InvalidEmail => "invalid_email",
            Self::UnknownTimeZone => "unknown_time_zone",
            Self::ReservedCode => "reserved_code",
            Self::TooFewColumns => "too_few_columns",
            Self::TooManyColumns => "too_many_columns",
            Self::InvalidJson => "invalid_json",
            Self::UnknownColumn => "unknown_column",
        }
    }
}

/// Above either bound the whole file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectLimit {
    pub max_rows: u64,
    /// Of all rows, from 0 to 100.
    pub max_percent: u8,
}

impl Default for RejectLimit {
    fn default() -> Self {
        Self { max_rows: 1_000, max_percent: 10 }
    }
}

impl RejectLimit {
    /// Known before the file ends; the share is known only at its end.
    pub const fn count_exceeded(&self, rejected: u64) -> bool {
        rejected > self.max_rows
    }

    pub const fn exceeded(&self, rejected: u64, rows: u64) -> bool {
        self.count_exceeded(rejected)
            || rejected as u128 * 100 > rows as u128 * self.max_percent as u128
    }
}

impl std::fmt::Display for RejectLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows or {} %", self.max_rows, self.max_percent)
    }
}

/// Text for a person, cut at a character and free of what Postgres cannot store.
pub(super) fn raw_text(bytes: &[u8], encoding: Encoding) -> String {
    let mut text = encoding.decode_lossy(bytes).replace('\0', "\u{fffd}");
    text.truncate(text.floor_char_boundary(MAX_RAW_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_counts_and_weighs() {
        let limit = RejectLimit { max_rows: 100, max_percent: 10 };
        assert!(!limit.exceeded(0, 0));
        assert!(!limit.exceeded(1, 10));
        assert!(limit.exceeded(2, 10));
        assert!(limit.exceeded(101, 1_000_000));
        assert!(!RejectLimit::default().exceeded(137, 1_000_000));
    }

    #[test]
    fn raw_text_ends_at_a_character() {
        let long = "é".repeat(MAX_RAW_BYTES);
        let kept = raw_text(long.as_bytes(), Encoding::Utf8);
        assert_eq!(kept.len(), MAX_RAW_BYTES);
        let odd = format!("a{long}");
        assert_eq!(raw_text(odd.as_bytes(), Encoding::Utf8).len(), MAX_RAW_BYTES - 1);
    }
}
