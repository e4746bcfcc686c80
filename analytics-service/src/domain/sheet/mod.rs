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

/// A file that takes rows. What is ready to be sent is appended to `out`.
pub trait Sheet: Send {
    fn row(&mut self, cells: &[Cell], out: &mut Vec<u8>);

    /// Ends the file; nothing may follow.
    fn finish(&mut self, out: &mut Vec<u8>);
}
