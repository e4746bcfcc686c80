//! The texts that cells share, each told once. Cells name them by number, in any order: they are held.

use quick_xml::events::Event;

use super::super::FileError;
use super::book::Book;
use super::xml::{Xml, push_text};
use crate::domain::file::unpack::archive::Archive;

/// Most bytes of text that are held.
const MAX_BYTES: usize = 48 << 20;
/// Most texts.
const MAX_TEXTS: usize = 4_000_000;

#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn open(archive: &mut Archive, book: &Book) -> Result<Self, FileError> {
        let mut strings = Self::default();
        let Some(mut xml) = book.kind(archive, "sharedStrings")? else { return Ok(strings) };
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == b"si" => {
                    push_runs(&mut xml, &mut strings.text)?;
                    strings.end()?;
                }
                Event::Empty(element) if element.local_name().as_ref() == b"si" => strings.end()?,
                Event::Eof => return Ok(strings),
                _ => {}
            }
        }
    }

    fn end(&mut self) -> Result<(), FileError> {
        if self.text.len() > MAX_BYTES || self.ends.len() >= MAX_TEXTS {
            return Err(FileError::WorkbookTooLarge);
        }
        self.ends.push(u32::try_from(self.text.len()).map_err(|_| FileError::WorkbookTooLarge)?);
        Ok(())
    }

    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }
}

/// Adds the runs of a text to `out`, to its end tag; how the text is read aloud is not part of it.
pub(super) fn push_runs(xml: &mut Xml, out: &mut String) -> Result<(), FileError> {
    let (mut depth, mut aloud, mut inside) = (1u32, 0u32, false);
    let before = out.len();
    while depth > 0 {
        match xml.next()? {
            Event::Start(element) => {
                depth += 1;
                match element.local_name().as_ref() {
                    b"rPh" => aloud = depth,
                    b"t" => inside = aloud == 0,
                    _ => {}
                }
            }
            Event::End(element) => {
                if aloud == depth {
                    aloud = 0;
                }
                inside &= element.local_name().as_ref() != b"t";
                depth -= 1;
            }
            Event::Text(text) if inside => push_text(&text, out)?,
            Event::CData(text) if inside => {
                let text = std::str::from_utf8(&text).map_err(|_| FileError::WorkbookDamaged)?;
                out.push_str(text);
            }
            Event::Eof => return Err(FileError::WorkbookDamaged),
            _ => {}
        }
        if out.len() - before > MAX_BYTES {
            return Err(FileError::WorkbookTooLarge);
        }
    }
    Ok(())
}
