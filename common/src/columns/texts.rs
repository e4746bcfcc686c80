//! Texts that repeat: each once, and for every entry the place of its own among them.

use std::collections::HashMap;

use super::bytes::{length, take, write_length};
use super::{DamagedColumn, Numbers, write_numbers};

/// The distinct texts of a column that is being written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dictionary {
    values: Vec<String>,
    places: HashMap<String, u32>,
}

impl Dictionary {
    /// The place of a text, which is added when it is new.
    pub fn code(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }

    /// The column of entries with these places. It has the texts that occur in it.
    #[must_use]
    pub fn write(&self, codes: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut written: HashMap<u32, i64> = HashMap::new();
        let mut texts = Vec::new();
        let mut codes_of_column = Vec::new();
        for code in codes {
            let next = written.len();
            codes_of_column.push(*written.entry(code).or_insert_with(|| {
                let text = self.values.get(code as usize).map_or("", String::as_str);
                write_length(text.len(), &mut texts);
                texts.extend(text.as_bytes());
                next as i64
            }));
        }
        let mut bytes = Vec::new();
        write_length(written.len(), &mut bytes);
        bytes.extend(texts);
        bytes.extend(write_numbers(&codes_of_column));
        bytes
    }
}

/// A column of texts that was read.
#[derive(Debug, Clone)]
pub struct Texts<'b> {
    pub values: Vec<&'b str>,
    /// For each entry the place of its text, which there is.
    pub codes: Vec<u32>,
}

impl<'b> Texts<'b> {
    /// Reads a column of so many entries.
    ///
    /// # Errors
    /// When the bytes are not such a column.
    pub fn read(mut bytes: &'b [u8], entries: usize) -> Result<Self, DamagedColumn> {
        let distinct = length(&mut bytes)?;
        let mut values = Vec::new();
        for _ in 0..distinct {
            let size = length(&mut bytes)?;
            values.push(std::str::from_utf8(take(&mut bytes, size)?).map_err(|_| DamagedColumn)?);
        }
        let code =
            |number: i64| u32::try_from(number).ok().filter(|code| (*code as usize) < values.len());
        let codes = Numbers::read(bytes, entries)?.iter().map(code).collect::<Option<_>>();
        Ok(Self { codes: codes.ok_or(DamagedColumn)?, values })
    }
}
