//! Where a table's rows come from.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::ga4::parquet::{ParquetFile, ReadError};
use crate::ga4::{Copies, Row, Schema};

/// A table's rows from the first on.
pub type Rows = Box<dyn Iterator<Item = Result<Row, SourceError>> + Send>;

/// Why a table's rows cannot be produced.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("cannot read the Parquet file behind a table")]
    Parquet(#[from] ReadError),
}

type Produce = dyn Fn() -> Result<Rows, SourceError> + Send + Sync;

/// A table's schema and a way to read its rows as often as asked; cheap to clone.
#[derive(Clone)]
pub struct TableSource {
    schema: Arc<Schema>,
    produce: Arc<Produce>,
    count: Arc<OnceLock<u64>>,
}

impl std::fmt::Debug for TableSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TableSource")
            .field("columns", &self.schema.fields.len())
            .field("rows", &self.count.get())
            .finish_non_exhaustive()
    }
}

impl TableSource {
    /// The rows of a Parquet file, read again for every reader.
    pub fn parquet(path: &Path) -> Result<Self, SourceError> {
        let file = ParquetFile::open(path)?;
        let count = OnceLock::from(file.row_count());
        Ok(Self {
            schema: Arc::clone(file.schema()),
            produce: Arc::new(move || {
                let rows = file.rows()?;
                Ok(Box::new(rows.map(|row| Ok(row?))))
            }),
            count: Arc::new(count),
        })
    }

    pub fn rows(schema: Arc<Schema>, rows: Vec<Row>) -> Self {
        let count = OnceLock::from(rows.len() as u64);
        let rows: Arc<[Row]> = rows.into();
        Self {
            schema,
            produce: Arc::new(move || {
                let rows = Arc::clone(&rows);
                Ok(Box::new((0..rows.len()).map(move |row| Ok(rows[row].clone()))))
            }),
            count: Arc::new(count),
        }
    }

    /// Rows made anew by every call of `produce`, which must give the same ones each time.
    pub fn generated<F, I>(schema: Arc<Schema>, produce: F) -> Self
    where
        F: Fn() -> I + Send + Sync + 'static,
        I: Iterator<Item = Row> + Send + 'static,
    {
        Self {
            schema,
            produce: Arc::new(move || Ok(Box::new(produce().map(Ok)))),
            count: Arc::default(),
        }
    }

    /// The same rows in another order; all of them are held in memory.
    pub fn shuffled(&self, seed: u64) -> Result<Self, SourceError> {
        let mut rows = self.read()?.collect::<Result<Vec<_>, _>>()?;
        rows.shuffle(&mut StdRng::seed_from_u64(seed));
        Ok(Self::rows(Arc::clone(&self.schema), rows))
    }

    /// The rows so many times, each time of other clients.
    #[must_use]
    pub fn times(&self, times: u32) -> Self {
        let (produce, copies) = (Arc::clone(&self.produce), Copies::of(&self.schema));
        let copy_of = move |copy| -> Result<Rows, SourceError> {
            Ok(Box::new(produce()?.map(move |row| Ok(copies.row(row?, copy)))))
        };
        Self {
            schema: Arc::clone(&self.schema),
            produce: Arc::new(move || {
                let copies: Vec<Rows> = (0..times).map(&copy_of).collect::<Result<_, _>>()?;
                Ok(Box::new(copies.into_iter().flatten()))
            }),
            count: Arc::default(),
        }
    }

    /// The rows whose cell at `position` is the text `value`.
    #[must_use]
    pub fn only(&self, position: usize, value: String) -> Self {
        let produce = Arc::clone(&self.produce);
        Self {
            schema: Arc::clone(&self.schema),
            produce: Arc::new(move || {
                let value = value.clone();
                let wanted = move |row: &Result<Row, SourceError>| {
                    let cell = |row: &Row| row.get(position)?.text().map(|text| text == value);
                    row.as_ref().map_or(true, |row| cell(row).unwrap_or(false))
                };
                Ok(Box::new(produce()?.filter(wanted)))
            }),
            count: Arc::default(),
        }
    }

    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    pub fn read(&self) -> Result<Rows, SourceError> {
        (self.produce)()
    }

    /// Number of rows; generated ones are counted once by making them.
    pub fn count(&self) -> Result<u64, SourceError> {
        if let Some(count) = self.count.get() {
            return Ok(*count);
        }
        let mut rows = 0;
        for row in self.read()? {
            row?;
            rows += 1;
        }
        Ok(*self.count.get_or_init(|| rows))
    }
}
