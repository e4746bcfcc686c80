//! When a packed file gives more than any list of customers would.

use super::FileError;

/// Most bytes of one file, unpacked.
const MAX_BYTES: u64 = 2 << 30;
/// Text packs to a tenth or a twentieth; what grows so much more is a trap.
const MAX_RATIO: u64 = 250;
/// Below this size the ratio does not matter: an empty line a thousand times over.
const HARMLESS: u64 = 16 << 20;

#[derive(Debug, Default)]
pub(super) struct Limit {
    packed: u64,
    unpacked: u64,
}

impl Limit {
    pub(super) fn packed(&mut self, bytes: usize) {
        self.packed += bytes as u64;
    }

    pub(super) fn unpacked(&mut self, bytes: usize) -> Result<(), FileError> {
        self.unpacked += bytes as u64;
        let trap =
            self.unpacked > HARMLESS && self.unpacked > self.packed.saturating_mul(MAX_RATIO);
        if trap || self.unpacked > MAX_BYTES {
            return Err(FileError::ArchiveExpands);
        }
        Ok(())
    }
}
