//! A file with one JSON object a line, cut into the same records as a delimited one.

use serde_json::{Map, Value};

use super::records::{MAX_RECORD_BYTES, Record};
use super::{FileError, MAX_RAW_BYTES, Place, RejectReason};

/// Takes bytes, gives records with the values of some keys.
#[derive(Debug)]
pub(super) struct JsonLines {
    /// In the order of a record's fields; their case does not matter.
    keys: Vec<String>,
    lines_to_skip: u32,
    /// Where `line` begins.
    place: Place,
    line: Vec<u8>,
}

impl JsonLines {
    pub(super) fn new(keys: &[String], lines_to_skip: u32) -> Self {
        let keys = keys.iter().map(|key| key.to_lowercase()).collect();
        Self { keys, lines_to_skip, place: Place { line: 1, byte_offset: 0 }, line: Vec::new() }
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

    pub(super) fn finish(
        mut self,
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        self.take(sink)
    }

    fn take(
        &mut self,
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let place = self.place;
        let bytes = self.line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.line).trim_ascii();
        let wanted = self.lines_to_skip == 0;
        if wanted && !bytes.is_empty() {
            let raw = &bytes[..bytes.len().min(MAX_RAW_BYTES)];
            let (mut fields, mut ends) = (Vec::new(), Vec::new());
            match serde_json::from_slice::<Map<String, Value>>(bytes) {
                Ok(object) => {
                    for key in &self.keys {
                        fields.extend_from_slice(text(find(&object, key)).as_bytes());
                        ends.push(fields.len());
                    }
                    let fault = fields.contains(&0).then_some(RejectReason::InvalidCharacter);
                    sink(Record { place, raw, fields: &fields, ends: &ends, fault })?;
                }
                Err(_) => {
                    let fault = Some(RejectReason::InvalidJson);
                    sink(Record { place, raw, fields: &fields, ends: &ends, fault })?;
                }
            }
        }
        self.lines_to_skip = self.lines_to_skip.saturating_sub(1);
        self.place.line += 1;
        self.place.byte_offset += self.line.len() as u64;
        self.line.clear();
        Ok(())
    }
}

fn find<'o>(object: &'o Map<String, Value>, key: &str) -> Option<&'o Value> {
    object.get(key).or_else(|| {
        object.iter().find(|(name, _)| name.trim().to_lowercase() == key).map(|(_, value)| value)
    })
}

/// A value as a delimited file would write it.
fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
