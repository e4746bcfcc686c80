//! Packed files, unpacked in pieces of bounded size: memory does not follow what an archive claims to hold.

pub(super) mod archive;
mod gzip;
mod limit;
mod zip;

use bytes::Bytes;

use self::gzip::Gzip;
use self::limit::Limit;
use self::zip::Zip;
use super::FileError;
use super::workbook::{SheetWanted, Workbook};

/// How a file is packed: by the end of its name, unless it is a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packing {
    None,
    Gzip,
    Zip,
    /// One of its sheets, given as delimited text.
    Workbook(SheetWanted),
}

impl Packing {
    #[must_use]
    pub fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".gz") {
            Self::Gzip
        } else if name.ends_with(".zip") {
            Self::Zip
        } else {
            Self::None
        }
    }
}

/// Takes the bytes of a file as they come, gives those of what is packed in it.
#[derive(Debug)]
pub struct Unpacker {
    form: Form,
    limit: Limit,
}

#[derive(Debug)]
enum Form {
    None(Option<Bytes>),
    Gzip(Gzip),
    Zip(Zip),
    Workbook(Box<Workbook>),
}

impl Unpacker {
    #[must_use]
    pub fn new(packing: Packing) -> Self {
        let form = match packing {
            Packing::None => Form::None(None),
            Packing::Gzip => Form::Gzip(Gzip::default()),
            Packing::Zip => Form::Zip(Zip::default()),
            Packing::Workbook(wanted) => Form::Workbook(Box::new(Workbook::new(wanted))),
        };
        Self { form, limit: Limit::default() }
    }

    /// Takes the next bytes; what the ones before gave is taken out first.
    ///
    /// # Errors
    /// When an archive is too large to be held.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), FileError> {
        self.limit.packed(chunk.len());
        match &mut self.form {
            Form::None(held) => *held = Some(chunk),
            Form::Gzip(gzip) => gzip.push(chunk),
            Form::Zip(zip) => zip.push(&chunk)?,
            Form::Workbook(book) => book.push(&chunk)?,
        }
        Ok(())
    }

    /// Says that the file is complete.
    ///
    /// # Errors
    /// When it is cut short, damaged, encrypted or holds several files.
    pub fn end(&mut self) -> Result<(), FileError> {
        match &mut self.form {
            Form::None(_) => Ok(()),
            Form::Gzip(gzip) => gzip.end(),
            Form::Zip(zip) => zip.end(),
            Form::Workbook(book) => book.end(),
        }
    }

    /// The next piece, a few megabytes at most; `None` until more is pushed, or at the end.
    ///
    /// # Errors
    /// When the file is damaged, or gives so much more than it holds that it must be meant to.
    pub fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        let piece = match &mut self.form {
            Form::None(held) => return Ok(held.take()),
            Form::Gzip(gzip) => gzip.piece()?,
            Form::Zip(zip) => zip.piece()?,
            Form::Workbook(book) => book.piece()?,
        };
        if let Some(piece) = &piece {
            self.limit.unpacked(piece.len())?;
        }
        Ok(piece)
    }
}

#[cfg(test)]
mod tests;
