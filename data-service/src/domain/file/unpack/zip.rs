//! A ZIP archive with one file.

use std::io::Read;

use bytes::Bytes;

use super::FileError;
use super::archive::{Archive, Entry, Held, fault};

const PIECE: usize = 256 * 1024;

#[derive(Debug, Default)]
pub(super) struct Zip {
    held: Held,
    entry: Option<Entry>,
}

impl Zip {
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), FileError> {
        self.held.push(chunk)
    }

    pub(super) fn end(&mut self) -> Result<(), FileError> {
        self.entry = Some(Archive::open(self.held.take())?.only()?);
        Ok(())
    }

    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        let Some(entry) = &mut self.entry else { return Ok(None) };
        let mut piece = Vec::with_capacity(PIECE);
        entry.take(PIECE as u64).read_to_end(&mut piece).map_err(|error| fault(&error))?;
        if piece.is_empty() {
            self.entry = None;
            return Ok(None);
        }
        Ok(Some(piece.into()))
    }
}
