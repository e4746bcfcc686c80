//! Tables as files, written row by row in memory that does not grow with them.

mod csv;
mod xlsx;
mod zip;

pub use csv::CsvSheet;
pub use xlsx::XlsxSheet;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// Digits as they are to be read back, with a point before decimals.
    Number(String),
    Empty,
}

/// The kind of file cannot hold so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a workbook holds less than 4 GiB; ask for a CSV file")]
pub struct TooLarge;

/// A file that takes rows. What is ready to be sent is appended to `out`. After an error the file is of no use.
pub trait Sheet: Send {
    /// # Errors
    /// When the file cannot hold the row.
    fn row(&mut self, cells: &[Cell], out: &mut Vec<u8>) -> Result<(), TooLarge>;

    /// Ends the file; nothing may follow.
    ///
    /// # Errors
    /// When the file cannot hold its end.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge>;
}
