//! A file, fed in pieces, read into rows and rejects.

use super::mapping::Bound;
use super::records::{Record, Records};
use super::{Dialect, FileError, Mapping, MasterRow, Reject, row};

/// What the pieces so far have given; the caller takes it out between pieces.
#[derive(Debug, Default)]
pub struct Parsed {
    pub rows: Vec<MasterRow>,
    pub rejects: Vec<Reject>,
}

/// Reads one file.
#[derive(Debug)]
pub struct FileParser {
    records: Records,
    layout: Layout,
}

#[derive(Debug)]
struct Layout {
    dialect: Dialect,
    mapping: Mapping,
    /// Known once the header, or the first record of a file without one, was read.
    bound: Option<Bound>,
}

impl FileParser {
    pub fn new(dialect: Dialect, mapping: Mapping) -> Self {
        let records = Records::new(&dialect);
        Self { records, layout: Layout { dialect, mapping, bound: None } }
    }

    /// Adds to `parsed` what `chunk` completes.
    ///
    /// # Errors
    /// A fault that condemns the file; `parsed` is of no use then.
    pub fn push(&mut self, chunk: &[u8], parsed: &mut Parsed) -> Result<(), FileError> {
        let layout = &mut self.layout;
        self.records.push(chunk, &mut |record| layout.take(&record, parsed))
    }

    /// Adds to `parsed` what only the end of the file completes.
    ///
    /// # Errors
    /// As [`FileParser::push`]; also when the file ended before its header.
    pub fn finish(self, parsed: &mut Parsed) -> Result<(), FileError> {
        let mut layout = self.layout;
        self.records.finish(&mut |record| layout.take(&record, parsed))?;
        if layout.bound.is_none() && layout.dialect.header {
            return Err(FileError::HeaderMissing);
        }
        Ok(())
    }
}

impl Layout {
    fn take(&mut self, record: &Record<'_>, parsed: &mut Parsed) -> Result<(), FileError> {
        let bound = match &self.bound {
            Some(bound) => bound,
            None if self.dialect.header => {
                let header = self.header(record)?;
                self.bound = Some(self.mapping.bind(&header)?);
                return Ok(());
            }
            None => {
                let mut bound = self.mapping.bind_positions();
                bound.columns = Some(record.len());
                self.bound.insert(bound)
            }
        };
        match row::read(record, bound, &self.dialect) {
            Ok(row) => parsed.rows.push(row),
            Err(reject) => parsed.rejects.push(*reject),
        }
        Ok(())
    }

    fn header(&self, record: &Record<'_>) -> Result<Vec<String>, FileError> {
        (0..record.len())
            .filter_map(|index| record.get(index))
            .map(|name| match self.dialect.encoding.decode(name) {
                Some(name) => Ok(name.into_owned()),
                None => Err(FileError::HeaderUnreadable),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
