//! The XML of a part of a workbook, event by event, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, BytesText, Event};

use super::super::FileError;
use super::super::unpack::archive::{Entry, fault};

/// Longest tag or text; a cell of a workbook has 32,767 characters at most.
const MAX_EVENT_BYTES: usize = 1 << 20;
/// Workbooks nest a dozen deep; the parser remembers every open element.
const MAX_DEPTH: u32 = 64;
const BUFFER_BYTES: usize = 64 * 1024;

pub(super) struct Xml {
    reader: Reader<Bounded>,
    buffer: Vec<u8>,
    depth: u32,
}

impl std::fmt::Debug for Xml {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Xml").field("depth", &self.depth).finish_non_exhaustive()
    }
}

impl Xml {
    pub(super) fn new(entry: Entry) -> Self {
        let input = BufReader::with_capacity(BUFFER_BYTES, entry);
        let reader = Reader::from_reader(Bounded { input, left: 0 });
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    /// The next event; after the last one always [`Event::Eof`].
    pub(super) fn next(&mut self) -> Result<Event<'_>, FileError> {
        self.buffer.clear();
        self.reader.get_mut().left = MAX_EVENT_BYTES;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) => fault(&error),
            _ => FileError::WorkbookDamaged,
        })?;
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            // Elements that stay open are a file that was cut short.
            Event::Eof if self.depth > 0 => return Err(FileError::WorkbookDamaged),
            _ => {}
        }
        if self.depth > MAX_DEPTH { Err(FileError::WorkbookDamaged) } else { Ok(event) }
    }
}

/// The value of an attribute, prefixes aside.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, FileError> {
    let damaged = |_| FileError::WorkbookDamaged;
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| FileError::WorkbookDamaged)?;
        if attribute.key.local_name().as_ref() == name.as_bytes() {
            return Ok(Some(attribute.unescape_value().map_err(damaged)?.into_owned()));
        }
    }
    Ok(None)
}

/// Adds a text to `out`.
pub(super) fn push_text(text: &BytesText<'_>, out: &mut String) -> Result<(), FileError> {
    out.push_str(&text.unescape().map_err(|_| FileError::WorkbookDamaged)?);
    Ok(())
}

/// Lets an event take so many bytes of the input and no more.
#[derive(Debug)]
struct Bounded {
    input: BufReader<Entry>,
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Bounded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.left;
        let available = self.input.fill_buf()?;
        if left == 0 && !available.is_empty() {
            return Err(io::Error::other(FileError::WorkbookTooLarge));
        }
        Ok(&available[..available.len().min(left)])
    }

    fn consume(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
        self.input.consume(bytes);
    }
}
