//! How many rows to ask for, so that a page is neither long to hold nor short to fetch.

/// What a page should come to. BigQuery's own limit is about 10 MB, and several pages are held at once.
const BYTES: u64 = 4 << 20;
/// Rows of the first page, before anything is known of them.
const FIRST_ROWS: u32 = 1_000;
const ROWS: std::ops::RangeInclusive<u32> = 100..=50_000;

/// Learns from each page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageSize {
    rows: u32,
    fixed: bool,
}

impl PageSize {
    /// `rows` when somebody asks for so many.
    pub(super) fn new(rows: Option<u32>) -> Self {
        Self { rows: rows.unwrap_or(FIRST_ROWS), fixed: rows.is_some() }
    }

    pub(super) fn rows(self) -> u32 {
        self.rows
    }

    /// A page of the rows asked for had `bytes`. One that BigQuery cut short had fewer rows; asking for as many as would
    /// fit on average then comes to the right number in a few pages.
    pub(super) fn saw(&mut self, bytes: usize) {
        if self.fixed {
            return;
        }
        let rows = u64::from(self.rows) * BYTES / (bytes as u64).max(1);
        self.rows = u32::try_from(rows).unwrap_or(*ROWS.end()).clamp(*ROWS.start(), *ROWS.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_come_near_the_size_whatever_a_row_has(row_bytes in 40u64..40_000) {
            let mut size = PageSize::new(None);
            for _ in 0..6 {
                // As BigQuery does: no page above ten megabytes.
                let bytes = (u64::from(size.rows()) * row_bytes).min(10_000_000);
                size.saw(bytes as usize);
            }
            let bytes = u64::from(size.rows()) * row_bytes;
            prop_assert!(bytes <= BYTES + row_bytes, "{bytes}");
            prop_assert!(bytes + row_bytes >= BYTES || size.rows() == *ROWS.end(), "{bytes}");
        }
    }

    #[test]
    fn a_number_somebody_asked_for_stays() {
        let mut size = PageSize::new(Some(2));
        size.saw(0);
        assert_eq!(size.rows(), 2);
    }
}
