//! A file with one JSON object a line, cut into the same records as a delimited one.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::mapping::fold;
use super::records::{MAX_RECORD_BYTES, Record};
use super::schema::{MAX_COLUMNS, MAX_NAME};
use super::{Contract, FileError, MAX_RAW_BYTES, Place, RejectReason, SchemaChange, SchemaPolicy};

/// Takes bytes, gives records with the values of some keys.
#[derive(Debug)]
pub(super) struct JsonLines {
    /// In the order of a record's fields; their case does not matter.
    keys: Vec<String>,
    /// Every key that came, as it is compared.
    seen: BTreeSet<String>,
    contract: Contract,
    lines_to_skip: u32,
    /// Where `line` begins.
    place: Place,
    line: Vec<u8>,
}

impl JsonLines {
    pub(super) fn new(keys: &[String], lines_to_skip: u32, contract: Contract) -> Self {
        let keys = keys.iter().map(|key| fold(key)).collect();
        let place = Place { line: 1, byte_offset: 0 };
        Self { keys, seen: BTreeSet::new(), contract, lines_to_skip, place, line: Vec::new() }
    }

    /// Every key so far, in order; none before the first.
    pub(super) fn columns(&self) -> Option<Vec<String>> {
        (!self.seen.is_empty()).then(|| self.seen.iter().cloned().collect())
    }

    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.len() as u64 > MAX_RECORD_BYTES {
                return Err(FileError::RowTooLong(self.place));
            }
            if part.ends_with(b"\n") {
                self.take(sink)?;
            }
        }
        Ok(())
    }

    /// A last line without an end.
    pub(super) fn finish(
        &mut self,
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        self.take(sink)
    }

    fn take(
        &mut self,
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let line = std::mem::take(&mut self.line);
        let bytes = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        if self.lines_to_skip == 0 && !bytes.is_empty() {
            self.read(bytes, sink)?;
        }
        self.lines_to_skip = self.lines_to_skip.saturating_sub(1);
        self.place.line += 1;
        self.place.byte_offset += line.len() as u64;
        self.line = line;
        self.line.clear();
        Ok(())
    }

    fn read(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let (mut fields, mut ends) = (Vec::new(), Vec::new());
        let fault = match serde_json::from_slice::<Map<String, Value>>(bytes) {
            Ok(object) => {
                let unwanted = self.hold(&object)?;
                for key in &self.keys {
                    fields.extend_from_slice(text(find(&object, key)).as_bytes());
                    ends.push(fields.len());
                }
                let nul = fields.contains(&0).then_some(RejectReason::InvalidCharacter);
                nul.or_else(|| unwanted.then_some(RejectReason::UnknownColumn))
            }
            Err(_) => Some(RejectReason::InvalidJson),
        };
        let raw = &bytes[..bytes.len().min(MAX_RAW_BYTES)];
        let (place, keys) = (self.place, &self.keys);
        sink(Record { place, raw, fields: &fields, ends: &ends, fault, keys })
    }

    /// Holds the keys of a line against the columns of the files before; answers whether one of them keeps it out.
    fn hold(&mut self, object: &Map<String, Value>) -> Result<bool, FileError> {
        let mut unwanted = false;
        for (key, value) in object {
            let name = fold(key);
            let known = self.seen.contains(&name);
            if !known && self.seen.len() < MAX_COLUMNS {
                self.seen.insert(name.clone());
                let kept =
                    self.contract.policy == SchemaPolicy::Evolve && !self.keys.contains(&name);
                if kept && (1..=MAX_NAME).contains(&name.len()) {
                    self.keys.push(name.clone());
                }
            }
            match self.contract.policy {
                SchemaPolicy::Freeze if !known => {
                    let added = self.contract.new_names(std::iter::once(&name));
                    if !added.is_empty() {
                        let change = SchemaChange { added, ..SchemaChange::default() };
                        return Err(FileError::SchemaChanged { change });
                    }
                }
                SchemaPolicy::DiscardRow if !text(Some(value)).trim().is_empty() => {
                    unwanted |= !self.contract.new_names(std::iter::once(&name)).is_empty();
                }
                _ => {}
            }
        }
        Ok(unwanted)
    }
}

fn find<'o>(object: &'o Map<String, Value>, key: &str) -> Option<&'o Value> {
    object
        .get(key)
        .or_else(|| object.iter().find(|(name, _)| fold(name) == key).map(|(_, value)| value))
}

/// A value as a delimited file would write it.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
