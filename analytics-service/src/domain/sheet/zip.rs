//! A ZIP archive written in one pass: sizes and checksums follow each file.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

use super::TooLarge;

/// Sizes and checksum come after the data; names are UTF-8.
const FLAGS: u16 = 0x0808;
const DEFLATE: u16 = 8;
/// 1 January 1980, the first date that the format knows: a file says nothing about when.
const DATE: u16 = 0x0021;

#[derive(Debug)]
struct Entry {
    name: &'static str,
    number: Option<u32>,
    offset: u32,
    crc: u32,
    compressed: u32,
    size: u32,
}

impl Entry {
    fn name(&self) -> String {
        match self.number {
            None => self.name.to_owned(),
            Some(number) => format!("{}{number}.xml", self.name),
        }
    }
}

/// An archive with at most one open file.
#[derive(Debug, Default)]
pub(super) struct Archive {
    entries: Vec<Entry>,
    open: Option<Open>,
    written: u32,
}

#[derive(Debug)]
struct Open {
    encoder: DeflateEncoder<Vec<u8>>,
    crc: Crc,
    compressed: u32,
    size: u32,
}

impl Archive {
    /// Begins a file named `name`, or `name` with a number.
    pub(super) fn begin(
        &mut self,
        name: &'static str,
        number: Option<u32>,
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        let entry = Entry { name, number, offset: self.written, crc: 0, compressed: 0, size: 0 };
        let name = entry.name();
        let mut header = Vec::new();
        header.extend_from_slice(b"PK\x03\x04");
        for field in [20, FLAGS, DEFLATE, 0, DATE] {
            header.extend_from_slice(&u16::to_le_bytes(field));
        }
        header.extend_from_slice(&[0; 12]);
        header.extend_from_slice(&length(&name).to_le_bytes());
        header.extend_from_slice(&[0; 2]);
        header.extend_from_slice(name.as_bytes());
        self.send(&header, out)?;
        self.entries.push(entry);
        let encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        self.open = Some(Open { encoder, crc: Crc::new(), compressed: 0, size: 0 });
        Ok(())
    }

    pub(super) fn write(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Some(open) = &mut self.open else { return Ok(()) };
        open.size = grown(open.size, data.len())?;
        open.crc.update(data);
        // Compressing into memory does not fail.
        let _ = open.encoder.write_all(data);
        let ready = std::mem::take(open.encoder.get_mut());
        open.compressed = grown(open.compressed, ready.len())?;
        self.send(&ready, out)
    }

    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Some(Open { encoder, crc, compressed, size }) = self.open.take() else {
            return Ok(());
        };
        let rest = encoder.finish().unwrap_or_default();
        self.send(&rest, out)?;
        let Some(entry) = self.entries.last_mut() else { return Ok(()) };
        entry.crc = crc.sum();
        entry.compressed = grown(compressed, rest.len())?;
        entry.size = size;
        let mut descriptor = b"PK\x07\x08".to_vec();
        for field in [entry.crc, entry.compressed, entry.size] {
            descriptor.extend_from_slice(&field.to_le_bytes());
        }
        self.send(&descriptor, out)
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let start = self.written;
        let mut directory = Vec::new();
        for entry in &self.entries {
            let name = entry.name();
            directory.extend_from_slice(b"PK\x01\x02");
            for field in [20, 20, FLAGS, DEFLATE, 0, DATE] {
                directory.extend_from_slice(&u16::to_le_bytes(field));
            }
            for field in [entry.crc, entry.compressed, entry.size] {
                directory.extend_from_slice(&field.to_le_bytes());
            }
            directory.extend_from_slice(&length(&name).to_le_bytes());
            directory.extend_from_slice(&[0; 12]);
            directory.extend_from_slice(&entry.offset.to_le_bytes());
            directory.extend_from_slice(name.as_bytes());
        }
        let size = grown(0, directory.len())?;
        let files = u16::try_from(self.entries.len()).map_err(|_| TooLarge)?;
        directory.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        directory.extend_from_slice(&files.to_le_bytes());
        directory.extend_from_slice(&files.to_le_bytes());
        directory.extend_from_slice(&size.to_le_bytes());
        directory.extend_from_slice(&start.to_le_bytes());
        directory.extend_from_slice(&[0; 2]);
        self.send(&directory, out)
    }

    fn send(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        self.written = grown(self.written, data.len())?;
        out.extend_from_slice(data);
        Ok(())
    }
}

/// A counter of the format, `bytes` further. Its greatest number stands for one that is kept elsewhere.
fn grown(counter: u32, bytes: usize) -> Result<u32, TooLarge> {
    let sum = u32::try_from(bytes).ok().and_then(|bytes| counter.checked_add(bytes));
    sum.filter(|sum| *sum < u32::MAX).ok_or(TooLarge)
}

fn length(name: &str) -> u16 {
    u16::try_from(name.len()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_end_before_their_greatest_number() {
        assert_eq!(grown(u32::MAX - 3, 2), Ok(u32::MAX - 1));
        assert_eq!(grown(u32::MAX - 3, 3), Err(TooLarge));
        assert_eq!(grown(u32::MAX - 3, 4), Err(TooLarge));
        assert_eq!(grown(0, usize::MAX), Err(TooLarge));
    }

    #[test]
    fn an_archive_that_would_reach_4_gib_is_refused() {
        let mut out = Vec::new();
        let mut full = Archive { written: u32::MAX - 40, ..Archive::default() };
        assert_eq!(full.begin("a", None, &mut out), Ok(()));
        assert_eq!(full.write(b"text", &mut out), Ok(()));
        assert_eq!(full.end(&mut out), Err(TooLarge));

        // What is packed may be small: each file counts as it was, too.
        let mut unpacked = Archive::default();
        unpacked.begin("a", None, &mut out).unwrap();
        unpacked.open.as_mut().unwrap().size = u32::MAX - 4;
        assert_eq!(unpacked.write(b"text", &mut out), Err(TooLarge));
    }
}
