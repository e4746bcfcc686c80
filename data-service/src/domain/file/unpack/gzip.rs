//! gzip, also several members one after the other.

use std::io::Write;

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;

use super::FileError;

/// Packed bytes at a time; deflate makes a thousand of one at most, so a piece has 4 MB at most.
const STEP: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Gzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    pending: Bytes,
    any: bool,
}

impl Default for Gzip {
    fn default() -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), pending: Bytes::new(), any: false }
    }
}

impl Gzip {
    pub(super) fn push(&mut self, chunk: Bytes) {
        self.any |= !chunk.is_empty();
        self.pending = chunk;
    }

    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        while self.pending.has_remaining() && self.decoder.get_ref().is_empty() {
            let step = self.pending.split_to(STEP.min(self.pending.len()));
            self.decoder.write_all(&step).map_err(|_| FileError::ArchiveDamaged)?;
        }
        let piece = std::mem::take(self.decoder.get_mut());
        Ok(Some(Bytes::from(piece)).filter(|piece| !piece.is_empty()))
    }

    pub(super) fn end(&mut self) -> Result<(), FileError> {
        if !self.any {
            return Err(FileError::ArchiveDamaged);
        }
        self.decoder.try_finish().map_err(|_| FileError::ArchiveDamaged)
    }
}
