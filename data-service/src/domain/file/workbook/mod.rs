//! Workbooks of the form XLSX: one sheet, read as the delimited text that its program would save it as.
//!
//! The archive is held packed and the sheet's strings unpacked, both up to a bound; the rows are streamed. The usual
//! readers of workbooks take everything into memory before they can be asked how much that is.

mod book;
mod cell;
mod sheet;
mod strings;
mod styles;
mod xml;

use bytes::Bytes;

use self::book::Book;
use self::sheet::Sheet;
use super::FileError;
use super::unpack::archive::{Archive, Held};

/// What every file of the old form XLS begins with, and every XLSX with a password.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0";

/// Which sheet of a workbook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SheetChoice {
    #[default]
    First,
    /// By its place among all sheets, from 1.
    At(u32),
    /// By its name; case and surrounding blanks do not matter.
    Named(String),
}

/// A sheet and what of it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetWanted {
    pub sheet: SheetChoice,
    /// Rows before the header or the first record.
    pub skip_rows: u32,
    /// Columns that each row has at least, because something is expected there.
    pub min_columns: usize,
}

/// Takes the bytes of a workbook as they come, gives its sheet as text: a line for each row, so that lines are counted
/// as rows are; line breaks in cells become blanks.
#[derive(Debug)]
pub(super) struct Workbook {
    wanted: SheetWanted,
    held: Held,
    sheet: Option<Sheet>,
}

impl Workbook {
    pub(super) fn new(wanted: SheetWanted) -> Self {
        Self { wanted, held: Held::default(), sheet: None }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), FileError> {
        self.held.push(chunk)
    }

    pub(super) fn end(&mut self) -> Result<(), FileError> {
        let held = self.held.take();
        if held.starts_with(COMPOUND_FILE) {
            return Err(FileError::WorkbookForm);
        }
        let mut archive = Archive::open(held).map_err(damaged)?;
        let book = Book::open(&mut archive).map_err(damaged)?;
        let sheet = book.choose(&self.wanted.sheet)?;
        self.sheet = Some(Sheet::open(&mut archive, &book, sheet, &self.wanted).map_err(damaged)?);
        Ok(())
    }

    /// The next rows as text, some dozens of kilobytes.
    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        match &mut self.sheet {
            Some(sheet) => sheet.piece().map_err(damaged),
            None => Ok(None),
        }
    }
}

/// An archive that cannot be read is a workbook that cannot be read.
fn damaged(error: FileError) -> FileError {
    match error {
        FileError::ArchiveDamaged | FileError::ArchiveAmbiguous => FileError::WorkbookDamaged,
        other => other,
    }
}

#[cfg(test)]
mod tests;
