//! The entries of a ZIP archive that is held whole: its directory stands at the end.

use std::io::{self, Cursor, Read};

use bytes::Bytes;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::FileError;
use super::limit::Limit;

/// Most packed bytes that are held.
const MAX_ARCHIVE: usize = 64 << 20;
/// Most entries that an archive may have.
const MAX_ENTRIES: usize = 1_000;

/// The packed bytes, as they come.
#[derive(Debug, Default)]
pub(in super::super) struct Held(Vec<u8>);

impl Held {
    pub(in super::super) fn push(&mut self, chunk: &[u8]) -> Result<(), FileError> {
        if self.0.len() + chunk.len() > MAX_ARCHIVE {
            return Err(FileError::ArchiveTooLarge);
        }
        self.0.extend_from_slice(chunk);
        Ok(())
    }

    pub(in super::super) fn take(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.0))
    }
}

/// An archive whose directory was read.
#[derive(Debug)]
pub(in super::super) struct Archive {
    held: Bytes,
    directory: ZipArchive<Cursor<Bytes>>,
}

impl Archive {
    pub(in super::super) fn open(held: Bytes) -> Result<Self, FileError> {
        // The directory is read into memory whole, whatever its summary says it holds.
        let entries = held.windows(4).filter(|four| four == b"PK\x01\x02").count();
        if entries > MAX_ENTRIES {
            return Err(FileError::ArchiveAmbiguous);
        }
        let directory =
            ZipArchive::new(Cursor::new(held.clone())).map_err(|_| FileError::ArchiveDamaged)?;
        Ok(Self { held, directory })
    }

    /// The only file in it.
    pub(super) fn only(&mut self) -> Result<Entry, FileError> {
        let mut found = None;
        for index in 0..self.directory.len() {
            let entry =
                self.directory.by_index_raw(index).map_err(|_| FileError::ArchiveDamaged)?;
            // What archivers of some systems add for themselves.
            if entry.is_dir() || entry.name().is_ok_and(|name| name.starts_with("__MACOSX/")) {
                continue;
            }
            if found.replace(index).is_some() {
                return Err(FileError::ArchiveAmbiguous);
            }
        }
        self.entry(found.ok_or(FileError::ArchiveEmpty)?)
    }

    /// The file of this name.
    pub(in super::super) fn named(&mut self, name: &str) -> Result<Option<Entry>, FileError> {
        self.directory.index_for_name(name).map(|index| self.entry(index)).transpose()
    }

    fn entry(&mut self, index: usize) -> Result<Entry, FileError> {
        let entry = self.directory.by_index_raw(index).map_err(|_| FileError::ArchiveDamaged)?;
        if entry.encrypted() {
            return Err(FileError::ArchiveEncrypted);
        }
        let range = entry.data_start().and_then(|start| {
            let start = usize::try_from(start).ok()?;
            let end = start.checked_add(usize::try_from(entry.compressed_size()).ok()?)?;
            (end <= self.held.len()).then_some(start..end)
        });
        let packed = self.held.slice(range.ok_or(FileError::ArchiveDamaged)?);
        let mut limit = Limit::default();
        limit.packed(packed.len());
        let content = match entry.compression() {
            CompressionMethod::Stored => Content::Stored(Cursor::new(packed)),
            CompressionMethod::Deflated => {
                Content::Deflated(DeflateDecoder::new(Cursor::new(packed)))
            }
            _ => return Err(FileError::ArchiveMethod),
        };
        Ok(Entry { content, crc: Crc::new(), expected: entry.crc32(), limit })
    }
}

/// One packed file, unpacked as it is read. Reading fails with a [`FileError`] inside.
#[derive(Debug)]
pub(in super::super) struct Entry {
    content: Content,
    crc: Crc,
    expected: u32,
    limit: Limit,
}

#[derive(Debug)]
enum Content {
    Stored(Cursor<Bytes>),
    Deflated(DeflateDecoder<Cursor<Bytes>>),
}

impl Read for Entry {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.content {
            Content::Stored(bytes) => bytes.read(buffer),
            Content::Deflated(bytes) => bytes.read(buffer),
        };
        let read = read.map_err(|_| io::Error::other(FileError::ArchiveDamaged))?;
        self.crc.update(&buffer[..read]);
        self.limit.unpacked(read).map_err(io::Error::other)?;
        if read == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(io::Error::other(FileError::ArchiveDamaged));
        }
        Ok(read)
    }
}

/// The fault that made reading an [`Entry`] fail.
pub(in super::super) fn fault(error: &io::Error) -> FileError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<FileError>());
    inner.cloned().unwrap_or(FileError::ArchiveDamaged)
}
