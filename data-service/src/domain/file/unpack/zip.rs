//! A ZIP archive with one file. Its directory stands at the end, so the packed bytes are held until they are all there.

use std::io::{Cursor, Read};

use bytes::Bytes;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::FileError;

/// Most packed bytes that are held.
const MAX_ARCHIVE: usize = 64 << 20;
const PIECE: usize = 256 * 1024;
/// Most entries that are looked at.
const MAX_ENTRIES: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Zip {
    held: Vec<u8>,
    entry: Option<Entry>,
}

#[derive(Debug)]
struct Entry {
    content: Content,
    crc: Crc,
    expected: u32,
}

#[derive(Debug)]
enum Content {
    Stored(Cursor<Bytes>),
    Deflated(DeflateDecoder<Cursor<Bytes>>),
}

impl Zip {
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), FileError> {
        if self.held.len() + chunk.len() > MAX_ARCHIVE {
            return Err(FileError::ArchiveTooLarge);
        }
        self.held.extend_from_slice(chunk);
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<(), FileError> {
        let held = Bytes::from(std::mem::take(&mut self.held));
        let damaged = |_| FileError::ArchiveDamaged;
        let mut archive = ZipArchive::new(Cursor::new(held.clone())).map_err(damaged)?;
        let mut found = None;
        for index in 0..archive.len().min(MAX_ENTRIES) {
            let entry = archive.by_index_raw(index).map_err(damaged)?;
            // What archivers of some systems add for themselves.
            if entry.is_dir() || entry.name().is_ok_and(|name| name.starts_with("__MACOSX/")) {
                continue;
            }
            if found.replace(index).is_some() {
                return Err(FileError::ArchiveAmbiguous);
            }
        }
        let index = found.ok_or(FileError::ArchiveEmpty)?;
        let entry = archive.by_index_raw(index).map_err(damaged)?;
        if entry.encrypted() {
            return Err(FileError::ArchiveEncrypted);
        }
        let range = entry.data_start().and_then(|start| {
            let start = usize::try_from(start).ok()?;
            let end = start.checked_add(usize::try_from(entry.compressed_size()).ok()?)?;
            (end <= held.len()).then_some(start..end)
        });
        let packed = Cursor::new(held.slice(range.ok_or(FileError::ArchiveDamaged)?));
        let content = match entry.compression() {
            CompressionMethod::Stored => Content::Stored(packed),
            CompressionMethod::Deflated => Content::Deflated(DeflateDecoder::new(packed)),
            _ => return Err(FileError::ArchiveMethod),
        };
        self.entry = Some(Entry { content, crc: Crc::new(), expected: entry.crc32() });
        Ok(())
    }

    pub(super) fn piece(&mut self) -> Result<Option<Bytes>, FileError> {
        let Some(entry) = &mut self.entry else { return Ok(None) };
        let mut piece = Vec::with_capacity(PIECE);
        let limit = PIECE as u64;
        let read = match &mut entry.content {
            Content::Stored(bytes) => bytes.take(limit).read_to_end(&mut piece),
            Content::Deflated(bytes) => bytes.take(limit).read_to_end(&mut piece),
        };
        read.map_err(|_| FileError::ArchiveDamaged)?;
        entry.crc.update(&piece);
        if !piece.is_empty() {
            return Ok(Some(piece.into()));
        }
        let intact = entry.crc.sum() == entry.expected;
        self.entry = None;
        if intact { Ok(None) } else { Err(FileError::ArchiveDamaged) }
    }
}
