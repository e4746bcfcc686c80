//! The rows of a sheet as lines of text.

use bytes::Bytes;
use quick_xml::events::{BytesStart, Event};

use super::super::unpack::archive::Archive;
use super::super::{FileError, Place};
use super::SheetWanted;
use super::book::{Book, Listed};
use super::cell::{self, Kind};
use super::strings::{Strings, push_runs};
use super::styles::{Shown, Styles};
use super::xml::{Xml, attribute, push_text};

/// The programs' own bounds.
const MAX_ROWS: u64 = 1_048_576;
const MAX_COLUMNS: usize = 16_384;
/// Longest row; longer ones would be refused as a record.
const MAX_ROW_BYTES: usize = 1 << 20;
const PIECE: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Sheet {
    xml: Xml,
    strings: Strings,
    styles: Styles,
    from_1904: bool,
    skip_rows: u64,
    /// How many columns a line has at least; the first row that is not empty sets it.
    columns: usize,
    width_known: bool,
    /// Rows that were written out.
    rows: u64,
    /// The values of the row that is being read, and where each ends.
    values: String,
    ends: Vec<usize>,
    value: String,
    done: bool,
}

impl Sheet {
    pub(super) fn open(
        archive: &mut Archive,
        book: &Book,
        sheet: &Listed,
        wanted: &SheetWanted,
    ) -> Result<Self, FileError> {
        Ok(Self {
            strings: Strings::open(archive, book)?,
            styles: Styles::open(archive, book)?,
            xml: book.sheet(archive, sheet)?,
            from_1904: book.from_1904,
            skip_rows: wanted.skip_rows.into(),
            columns: wanted.min_columns.min(MAX_COLUMNS),
            width_known: false,
            rows: 0,
            values: String::new(),
            ends: Vec::new(),
            value: String::new(),
            done: false,
        })
    }

    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        let mut out = String::new();
        while !self.done && out.len() < PIECE {
            match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == b"row" => {
                    let number = row_number(&element)?;
                    self.skip_to(number, &mut out)?;
                    self.read_row()?;
                    self.write(&mut out);
                }
                Event::Empty(element) if element.local_name().as_ref() == b"row" => {
                    let number = row_number(&element)?;
                    self.skip_to(number, &mut out)?;
                    self.write(&mut out);
                }
                Event::Eof => self.done = true,
                _ => {}
            }
        }
        Ok(Some(Bytes::from(out)).filter(|out| !out.is_empty()))
    }

    /// Rows that are not there are empty lines; a row without a number is the next one.
    fn skip_to(&mut self, number: Option<u64>, out: &mut String) -> Result<(), FileError> {
        let number = number.unwrap_or(self.rows + 1);
        if number <= self.rows || number > MAX_ROWS {
            return Err(FileError::WorkbookDamaged);
        }
        for _ in self.rows + 1..number {
            out.push('\n');
        }
        self.rows = number;
        self.values.clear();
        self.ends.clear();
        Ok(())
    }

    /// Reads cells up to the end of the row.
    fn read_row(&mut self) -> Result<(), FileError> {
        loop {
            match self.xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == b"c" => {
                    let (column, kind, shown) = header(&element, &self.styles)?;
                    self.move_to(column)?;
                    self.read_cell(kind, shown)?;
                }
                Event::Empty(element) if element.local_name().as_ref() == b"c" => {
                    let (column, ..) = header(&element, &self.styles)?;
                    self.move_to(column)?;
                    self.ends.push(self.values.len());
                }
                Event::End(element) if element.local_name().as_ref() == b"row" => return Ok(()),
                Event::Eof => return Err(FileError::WorkbookDamaged),
                _ => {}
            }
        }
    }

    /// Fills up to the column; a cell without a reference is in the next one.
    fn move_to(&mut self, column: Option<usize>) -> Result<(), FileError> {
        let column = column.unwrap_or(self.ends.len());
        if column < self.ends.len() || column >= MAX_COLUMNS {
            return Err(FileError::WorkbookDamaged);
        }
        self.ends.resize(column, self.values.len());
        Ok(())
    }

    /// Reads the value of a cell, up to its end; of a formula what it gave when the workbook was saved.
    fn read_cell(&mut self, kind: Kind, shown: Shown) -> Result<(), FileError> {
        self.value.clear();
        let mut kind = kind;
        let mut inside = false;
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    b"v" => inside = true,
                    b"is" => {
                        kind = Kind::Text;
                        push_runs(&mut self.xml, &mut self.value)?;
                    }
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    b"v" => inside = false,
                    b"c" => break,
                    _ => {}
                },
                Event::Text(text) if inside => push_text(&text, &mut self.value)?,
                Event::Eof => return Err(FileError::WorkbookDamaged),
                _ => {}
            }
            if self.value.len() > MAX_ROW_BYTES {
                return Err(self.too_long());
            }
        }
        if !self.value.is_empty() {
            cell::push(&self.value, kind, shown, &self.strings, self.from_1904, &mut self.values)?;
        }
        self.ends.push(self.values.len());
        if self.values.len() > MAX_ROW_BYTES { Err(self.too_long()) } else { Ok(()) }
    }

    const fn too_long(&self) -> FileError {
        FileError::RowTooLong(Place { line: self.rows, byte_offset: 0 })
    }

    /// Adds the row as a line.
    fn write(&mut self, out: &mut String) {
        let empty = self.values.trim().is_empty();
        if self.rows > self.skip_rows && !empty {
            if !self.width_known {
                self.width_known = true;
                self.columns = self.columns.max(self.filled());
            }
            let mut start = 0;
            for column in 0..self.columns.max(self.filled()) {
                if column > 0 {
                    out.push(',');
                }
                let end = self.ends.get(column).copied().unwrap_or(self.values.len()).max(start);
                quote(&self.values[start..end], out);
                start = end;
            }
        }
        out.push('\n');
    }

    /// How many columns there are up to the last one with a value.
    fn filled(&self) -> usize {
        let length = self.values.len();
        self.ends.iter().position(|end| *end == length).map_or(self.ends.len(), |last| last + 1)
    }
}

fn row_number(element: &BytesStart<'_>) -> Result<Option<u64>, FileError> {
    match attribute(element, "r")? {
        Some(number) => number.parse().map(Some).map_err(|_| FileError::WorkbookDamaged),
        None => Ok(None),
    }
}

/// Where a cell is, what stands in it and how it is shown.
fn header(
    element: &BytesStart<'_>,
    styles: &Styles,
) -> Result<(Option<usize>, Kind, Shown), FileError> {
    let column = match attribute(element, "r")? {
        Some(reference) => Some(column_of(&reference).ok_or(FileError::WorkbookDamaged)?),
        None => None,
    };
    let kind = Kind::of(attribute(element, "t")?.as_deref());
    let style = attribute(element, "s")?.and_then(|style| style.parse().ok()).unwrap_or(0);
    Ok((column, kind, styles.get(style)))
}

/// The column of a reference such as `AB12`, from 0.
fn column_of(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters.take(4).fold(0, |column, letter| {
        column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    column.checked_sub(1)
}

/// A value between commas; a line stays a row.
fn quote(value: &str, out: &mut String) {
    let one_line = |c| if matches!(c, '\r' | '\n') { ' ' } else { c };
    if !value.contains(['"', ',', '\r', '\n']) {
        out.push_str(value);
        return;
    }
    out.push('"');
    for c in value.chars().map(one_line) {
        if c == '"' {
            out.push('"');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_columns() {
        for (reference, column) in [
            ("A1", Some(0)),
            ("Z9", Some(25)),
            ("AA1", Some(26)),
            ("XFD1", Some(16_383)),
            ("7", None),
        ] {
            assert_eq!(column_of(reference), column, "{reference}");
        }
    }
}
