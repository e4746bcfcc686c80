//! One column of a row group, decoded batch by batch.

use std::vec::IntoIter;

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::reader::RowGroupReader;

use super::ReadError;
use crate::ga4::Value;

pub(super) struct Column {
    name: String,
    source: Source,
    max_definition: i16,
    max_repetition: i16,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The next entry of the two level lists.
    entry: usize,
}

enum Source {
    Int(Batch<Int64Type>),
    Float(Batch<DoubleType>),
    Bool(Batch<BoolType>),
    Text(Batch<ByteArrayType>),
    Unknown,
}

struct Batch<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: IntoIter<T::T>,
}

impl<T: DataType> Batch<T> {
    fn new(reader: ColumnReaderImpl<T>) -> Self {
        Self { reader, values: Vec::new().into_iter() }
    }

    fn fill(
        &mut self,
        records: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
    ) -> Result<(usize, usize), ReadError> {
        let mut values = Vec::new();
        let mut total = 0;
        let mut entries = 0;
        // A call stops at a page's end, so ask until the batch is full or the column is spent.
        while total < records {
            let (read, _, levels) = self.reader.read_records(
                records - total,
                Some(definitions),
                Some(repetitions),
                &mut values,
            )?;
            total += read;
            entries += levels;
            if read == 0 {
                break;
            }
        }
        self.values = values.into_iter();
        Ok((total, entries))
    }
}

impl Column {
    pub(super) fn new(reader: ColumnReader, position: usize, group: &dyn RowGroupReader) -> Self {
        let descriptor = group.metadata().column(position).column_descr();
        Self {
            name: descriptor.path().string(),
            max_definition: descriptor.max_def_level(),
            max_repetition: descriptor.max_rep_level(),
            source: match reader {
                ColumnReader::Int64ColumnReader(reader) => Source::Int(Batch::new(reader)),
                ColumnReader::DoubleColumnReader(reader) => Source::Float(Batch::new(reader)),
                ColumnReader::BoolColumnReader(reader) => Source::Bool(Batch::new(reader)),
                ColumnReader::ByteArrayColumnReader(reader) => Source::Text(Batch::new(reader)),
                _ => Source::Unknown,
            },
            definitions: Vec::new(),
            repetitions: Vec::new(),
            entry: 0,
        }
    }

    /// Decodes up to `records` more records; the previous ones must have been taken.
    pub(super) fn fill(&mut self, records: usize) -> Result<usize, ReadError> {
        self.definitions.clear();
        self.repetitions.clear();
        self.entry = 0;
        let (definitions, repetitions) = (&mut self.definitions, &mut self.repetitions);
        let (read, entries) = match &mut self.source {
            Source::Int(batch) => batch.fill(records, definitions, repetitions)?,
            Source::Float(batch) => batch.fill(records, definitions, repetitions)?,
            Source::Bool(batch) => batch.fill(records, definitions, repetitions)?,
            Source::Text(batch) => batch.fill(records, definitions, repetitions)?,
            Source::Unknown => {
                let column = self.name.clone();
                return Err(ReadError::Unsupported { column });
            }
        };
        // A required column outside any list has no levels to read.
        if self.max_definition == 0 {
            definitions.resize(entries.max(read), 0);
        }
        if self.max_repetition == 0 {
            repetitions.resize(definitions.len(), 0);
        }
        Ok(read)
    }

    pub(super) fn definition(&self) -> Result<i16, ReadError> {
        let level = self.definitions.get(self.entry).copied();
        level.ok_or_else(|| self.uneven())
    }

    /// The repetition level of the entry to come; a batch ends with whole records, so its end counts as a new record.
    pub(super) fn next_repetition(&self) -> i16 {
        self.repetitions.get(self.entry).copied().unwrap_or(0)
    }

    /// Takes one entry: its value when it is defined down to `definition`, else null.
    pub(super) fn take(&mut self, definition: i16) -> Result<Value, ReadError> {
        let level = self.definition()?;
        self.entry += 1;
        if level < definition || level < self.max_definition {
            return Ok(Value::Null);
        }
        let value = match &mut self.source {
            Source::Int(batch) => batch.values.next().map(Value::Int),
            Source::Float(batch) => batch.values.next().map(Value::Float),
            Source::Bool(batch) => batch.values.next().map(Value::Bool),
            Source::Text(batch) => batch.values.next().as_ref().and_then(text),
            Source::Unknown => None,
        };
        value.ok_or_else(|| self.uneven())
    }

    pub(super) fn uneven(&self) -> ReadError {
        ReadError::Levels { column: self.name.clone() }
    }
}

fn text(bytes: &ByteArray) -> Option<Value> {
    let text = bytes.as_utf8().ok()?;
    Some(Value::from(text.to_owned()))
}
