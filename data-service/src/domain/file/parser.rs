//! A file, fed in pieces, read into rows and rejects.

use encoding_rs::{CoderResult, Decoder, UTF_16LE};

use super::json_lines::JsonLines;
use super::mapping::{Bound, fold};
use super::records::{Record, Records};
use super::{Contract, Dialect, Encoding, FileError, Form, Mapping, MasterRow, Reject, row};

/// What the pieces so far have given; the caller takes it out between pieces.
#[derive(Debug, Default)]
pub struct Parsed {
    pub rows: Vec<MasterRow>,
    pub rejects: Vec<Reject>,
}

/// Reads one file.
#[derive(Debug)]
pub struct FileParser {
    transcoder: Option<Transcoder>,
    records: Cutter,
    layout: Layout,
}

#[derive(Debug)]
enum Cutter {
    Delimited(Box<Records>),
    JsonLines(JsonLines),
}

/// UTF-16 on its way to UTF-8.
struct Transcoder {
    decoder: Decoder,
    text: Vec<u8>,
}

impl std::fmt::Debug for Transcoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transcoder")
    }
}

impl Transcoder {
    fn read(&mut self, mut bytes: &[u8], last: bool) -> &[u8] {
        let room = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len() * 3 + 16);
        self.text.clear();
        self.text.resize(room, 0);
        let mut written = 0;
        loop {
            let (result, read, wrote, _) =
                self.decoder.decode_to_utf8(bytes, &mut self.text[written..], last);
            written += wrote;
            bytes = &bytes[read..];
            match result {
                CoderResult::InputEmpty => return &self.text[..written],
                CoderResult::OutputFull => self.text.resize(self.text.len() * 2 + 16, 0),
            }
        }
    }
}

#[derive(Debug)]
struct Layout {
    dialect: Dialect,
    mapping: Mapping,
    contract: Contract,
    /// What the columns are compared by, once the header was read: their names, or their places from 1.
    header: Option<Vec<String>>,
    /// Known once the header, or the first record of a file without one, was read.
    bound: Option<Bound>,
}

impl FileParser {
    pub fn new(mut dialect: Dialect, mapping: Mapping, contract: Contract) -> Self {
        let transcoder = (dialect.encoding == Encoding::Utf16)
            .then(|| Transcoder { decoder: UTF_16LE.new_decoder(), text: Vec::new() });
        if transcoder.is_some() {
            dialect.encoding = Encoding::Utf8;
        }
        let (records, bound) = match dialect.form {
            Form::Delimited => (Cutter::Delimited(Box::new(Records::new(&dialect))), None),
            Form::JsonLines => {
                let names = mapping.names();
                let lines = JsonLines::new(&names, dialect.skip_lines, contract.clone());
                (Cutter::JsonLines(lines), mapping.bind(&names).ok())
            }
        };
        let layout = Layout { dialect, mapping, contract, header: None, bound };
        Self { transcoder, records, layout }
    }

    /// The columns, once they are known: the names in the header in lower case, the places from 1 of a file without one,
    /// of JSON lines every key so far.
    pub fn header(&self) -> Option<Vec<String>> {
        match &self.records {
            Cutter::Delimited(_) => self.layout.header.clone(),
            Cutter::JsonLines(lines) => lines.columns(),
        }
    }

    /// Adds to `parsed` what `chunk` completes.
    ///
    /// # Errors
    /// A fault that condemns the file; `parsed` is of no use then.
    pub fn push(&mut self, chunk: &[u8], parsed: &mut Parsed) -> Result<(), FileError> {
        let chunk = match &mut self.transcoder {
            Some(transcoder) => transcoder.read(chunk, false),
            None => chunk,
        };
        self.records.push(chunk, &mut self.layout, parsed)
    }

    /// Adds to `parsed` what only the end of the file completes.
    ///
    /// # Errors
    /// As [`FileParser::push`]; also when the file ended before its header.
    pub fn finish(&mut self, parsed: &mut Parsed) -> Result<(), FileError> {
        let Self { transcoder, records, layout } = self;
        if let Some(transcoder) = transcoder {
            records.push(transcoder.read(&[], true), layout, parsed)?;
        }
        let mut sink = |record: Record<'_>| layout.take(&record, parsed);
        match records {
            Cutter::Delimited(records) => records.finish(&mut sink)?,
            Cutter::JsonLines(lines) => lines.finish(&mut sink)?,
        }
        if layout.bound.is_none() && layout.dialect.header {
            return Err(FileError::HeaderMissing);
        }
        Ok(())
    }
}

impl Cutter {
    fn push(
        &mut self,
        chunk: &[u8],
        layout: &mut Layout,
        parsed: &mut Parsed,
    ) -> Result<(), FileError> {
        let mut sink = |record: Record<'_>| layout.take(&record, parsed);
        match self {
            Self::Delimited(records) => records.push(chunk, &mut sink),
            Self::JsonLines(lines) => lines.push(chunk, &mut sink),
        }
    }
}

impl Layout {
    fn take(&mut self, record: &Record<'_>, parsed: &mut Parsed) -> Result<(), FileError> {
        let bound = match &mut self.bound {
            Some(bound) => {
                bound.keep_keys(record.keys);
                bound
            }
            None if self.dialect.header => {
                let header = self.header(record)?;
                let mut bound = self.mapping.bind(&header)?;
                let names: Vec<String> = header.iter().map(|name| fold(name)).collect();
                let kept = self.contract.apply(&names, &mut bound);
                self.bound = Some(bound);
                self.header = Some(names);
                return kept;
            }
            None => {
                let mut bound = self.mapping.bind_positions();
                bound.columns = Some(record.len());
                let places: Vec<String> =
                    (1..=record.len()).map(|place| place.to_string()).collect();
                let kept = self.contract.apply(&places, &mut bound);
                self.header = Some(places);
                kept?;
                self.bound.insert(bound)
            }
        };
        match row::read(record, bound, &self.dialect) {
            Ok(row) => parsed.rows.push(row),
            Err(reject) => parsed.rejects.push(*reject),
        }
        Ok(())
    }

    fn header(&self, record: &Record<'_>) -> Result<Vec<String>, FileError> {
        (0..record.len())
            .filter_map(|index| record.get(index))
            .map(|name| match self.dialect.encoding.decode(name) {
                Some(name) => Ok(name.into_owned()),
                None => Err(FileError::HeaderUnreadable),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
