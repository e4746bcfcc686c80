//! Reads a day of an export from a Parquet file: streaming, and exact to the last bit.
//!
//! The `parquet` crate's own row reader is documented as wrong for some repeated fields, so rows are
//! assembled here from the columns' definition and repetition levels.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{Row, Schema};

mod assembly;
mod column;
mod layout;

use assembly::Node;
use column::Column;

/// Records decoded at once; bounds memory whatever the file's row groups are.
const BATCH: usize = 1024;

/// Why a Parquet file cannot be read as a table.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("cannot open {path}")]
    Open { path: PathBuf, source: std::io::Error },
    #[error("cannot read the Parquet data")]
    Format(#[from] ParquetError),
    #[error("column {column} has a Parquet type this reader does not know")]
    Unsupported { column: String },
    #[error("column {column} has uneven levels")]
    Levels { column: String },
}

/// An open Parquet file: its schema in BigQuery's terms, its row count, its rows.
#[derive(Clone)]
pub struct ParquetFile {
    reader: Arc<SerializedFileReader<File>>,
    schema: Arc<Schema>,
}

impl std::fmt::Debug for ParquetFile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ParquetFile").field("rows", &self.row_count()).finish_non_exhaustive()
    }
}

impl ParquetFile {
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file =
            File::open(path).map_err(|source| ReadError::Open { path: path.to_owned(), source })?;
        let reader = SerializedFileReader::new(file)?;
        let schema = layout::schema(reader.metadata().file_metadata().schema())?;
        Ok(Self { reader: Arc::new(reader), schema: Arc::new(schema) })
    }

    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub fn row_count(&self) -> u64 {
        let rows = self.reader.metadata().file_metadata().num_rows();
        u64::try_from(rows).unwrap_or_default()
    }

    /// The rows from the first, in the file's order.
    pub fn rows(&self) -> Result<ParquetRows, ReadError> {
        let root = self.reader.metadata().file_metadata().schema();
        Ok(ParquetRows {
            reader: Arc::clone(&self.reader),
            nodes: layout::nodes(root)?,
            columns: Vec::new(),
            next_group: 0,
            buffered: 0,
        })
    }
}

/// Iterator over a file's rows; it holds one batch of each column.
pub struct ParquetRows {
    reader: Arc<SerializedFileReader<File>>,
    nodes: Vec<Node>,
    columns: Vec<Column>,
    next_group: usize,
    buffered: usize,
}

impl std::fmt::Debug for ParquetRows {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ParquetRows").finish_non_exhaustive()
    }
}

impl Iterator for ParquetRows {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.buffered == 0 {
            match self.fill() {
                Ok(0) => return None,
                Ok(rows) => self.buffered = rows,
                Err(error) => return Some(Err(error)),
            }
        }
        self.buffered -= 1;
        let cells = self.nodes.iter().map(|node| node.read(&mut self.columns));
        Some(cells.collect())
    }
}

impl ParquetRows {
    /// Decodes the next batch, moving on to the next row group when one is spent.
    fn fill(&mut self) -> Result<usize, ReadError> {
        loop {
            let mut read = 0;
            for (position, column) in self.columns.iter_mut().enumerate() {
                let rows = column.fill(BATCH)?;
                if position > 0 && rows != read {
                    return Err(column.uneven());
                }
                read = rows;
            }
            if read > 0 || self.next_group == self.reader.num_row_groups() {
                return Ok(read);
            }
            let group = self.reader.get_row_group(self.next_group)?;
            self.columns = (0..group.num_columns())
                .map(|column| Ok(Column::new(group.get_column_reader(column)?, column, &*group)))
                .collect::<Result<_, ReadError>>()?;
            self.next_group += 1;
        }
    }
}

#[cfg(test)]
mod tests;
