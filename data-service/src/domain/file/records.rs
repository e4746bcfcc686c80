//! Bytes of a delimited file, as they come, cut into records.
//!
//! `csv-core` takes the fields apart; this adds what it does not know: where a record stands in
//! the file, how it looked there, and the faults that condemn a file.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{Dialect, FileError, MAX_RAW_BYTES, Place, RejectReason};

/// Longest record, in bytes of the file, with the first byte of its line end.
pub(super) const MAX_RECORD_BYTES: u64 = 1_048_576 + 1;

/// One record, borrowed until the next one is read.
#[derive(Debug)]
pub(super) struct Record<'a> {
    pub(super) place: Place,
    /// As it stands in the file, at most [`MAX_RAW_BYTES`].
    pub(super) raw: &'a [u8],
    pub(super) fields: &'a [u8],
    pub(super) ends: &'a [usize],
    /// Why it is none that could be loaded.
    pub(super) fault: Option<RejectReason>,
    /// The columns' own names, where each record brings them; they grow at their end only.
    pub(super) keys: &'a [String],
}

impl<'a> Record<'a> {
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.fields.get(start..end)
    }
}

/// Takes bytes, gives records.
#[derive(Debug)]
pub(super) struct Records {
    core: Reader,
    /// Where the next byte stands.
    next: Place,
    after_cr: bool,
    /// Bytes held back until it is known whether a byte order mark starts the file.
    opening: Option<Vec<u8>>,
    lines_to_skip: u32,
    /// The place of the record being read.
    start: Option<Place>,
    raw: Vec<u8>,
    fields: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    ended: usize,
}

impl Records {
    pub(super) fn new(dialect: &Dialect) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(dialect.delimiter).escape(dialect.escape);
        match dialect.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        Self {
            core: builder.build(),
            next: Place { line: 1, byte_offset: 0 },
            after_cr: false,
            opening: Some(Vec::with_capacity(4)),
            lines_to_skip: dialect.skip_lines,
            start: None,
            raw: Vec::new(),
            fields: vec![0; 8 * 1024],
            written: 0,
            ends: vec![0; 64],
            ended: 0,
        }
    }

    /// Calls `sink` for each record that `chunk` completes.
    pub(super) fn push(
        &mut self,
        chunk: &[u8],
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        match self.opening.take() {
            None => self.read(chunk, sink),
            Some(mut opening) => {
                opening.extend_from_slice(chunk);
                if opening.len() < 3 {
                    self.opening = Some(opening);
                    return Ok(());
                }
                self.open(&opening, sink)
            }
        }
    }

    /// Calls `sink` for a last record without a line end.
    pub(super) fn finish(
        &mut self,
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        if let Some(opening) = self.opening.take() {
            self.open(&opening, sink)?;
        }
        let Some(start) = self.start else { return Ok(()) };
        // A line end closes any record, unless it stands inside quotes.
        self.step(b"\n", sink)?;
        if self.start.is_some() { Err(FileError::UnterminatedQuote(start)) } else { Ok(()) }
    }

    fn open(
        &mut self,
        bytes: &[u8],
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Err(FileError::UnsupportedEncoding("UTF-16"));
        }
        match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => {
                self.next.byte_offset = 3;
                self.read(rest, sink)
            }
            None => self.read(bytes, sink),
        }
    }

    fn read(
        &mut self,
        chunk: &[u8],
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let clean = chunk.iter().position(|byte| *byte == 0).unwrap_or(chunk.len());
        let mut rest = self.skip_lines(&chunk[..clean]);
        while !rest.is_empty() {
            if self.start.is_none() {
                // What ends a line cannot start a record: blank lines, and the LF of a CR LF.
                let ends = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
                self.advance(&rest[..ends]);
                rest = &rest[ends..];
                if rest.is_empty() {
                    break;
                }
                self.start = Some(self.next);
            }
            let taken = self.step(rest, sink)?;
            rest = &rest[taken..];
        }
        if clean < chunk.len() { Err(FileError::NulByte(self.next)) } else { Ok(()) }
    }

    /// Reads up to the end of the record or of the input; returns how many bytes that took.
    fn step(
        &mut self,
        input: &[u8],
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<usize, FileError> {
        let mut taken = 0;
        loop {
            let (result, read, wrote, ended) = self.core.read_record(
                &input[taken..],
                &mut self.fields[self.written..],
                &mut self.ends[self.ended..],
            );
            self.consume(&input[taken..taken + read])?;
            taken += read;
            self.written += wrote;
            self.ended += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(taken),
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.emit(sink)?;
                    return Ok(taken);
                }
            }
        }
    }

    fn emit(
        &mut self,
        sink: &mut impl FnMut(Record<'_>) -> Result<(), FileError>,
    ) -> Result<(), FileError> {
        let place = self.start.take().unwrap_or(self.next);
        let raw = without_line_end(&self.raw);
        let record = Record {
            place,
            raw,
            fields: &self.fields[..self.written],
            ends: &self.ends[..self.ended],
            fault: None,
            keys: &[],
        };
        let result = sink(record);
        self.raw.clear();
        self.written = 0;
        self.ended = 0;
        result
    }

    fn consume(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let room = MAX_RAW_BYTES.saturating_sub(self.raw.len()).min(bytes.len());
        self.raw.extend_from_slice(&bytes[..room]);
        self.advance(bytes);
        match self.start {
            Some(start) if self.next.byte_offset - start.byte_offset > MAX_RECORD_BYTES => {
                Err(FileError::RowTooLong(start))
            }
            _ => Ok(()),
        }
    }

    fn advance(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.after_cr => {}
                b'\n' | b'\r' => self.next.line += 1,
                _ => {}
            }
            self.after_cr = *byte == b'\r';
        }
        self.next.byte_offset += bytes.len() as u64;
    }

    fn skip_lines<'a>(&mut self, mut rest: &'a [u8]) -> &'a [u8] {
        while self.lines_to_skip > 0 && !rest.is_empty() {
            let line = self.next.line;
            let end = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
            let (skipped, left) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            self.advance(skipped);
            if self.next.line > line {
                self.lines_to_skip -= 1;
            }
            rest = left;
        }
        rest
    }
}

fn without_line_end(raw: &[u8]) -> &[u8] {
    let end = raw.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &raw[..end]
}

#[cfg(test)]
mod tests;
