//! Encoded rows, made block by block on first use and kept within a bound, so that a benchmark
//! measures its loader and not this stand-in.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::cell::write_row;
use super::projection::Projection;
use super::source::{Rows, SourceError, TableSource};

/// Rows in a block.
pub(super) const BLOCK_ROWS: u64 = 512;

/// Consecutive encoded rows, separated by commas.
#[derive(Debug)]
pub(super) struct Block {
    bytes: Bytes,
    /// Where each row ends in `bytes`.
    ends: Vec<usize>,
}

impl Block {
    pub(super) fn rows(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// As many rows from `first` on as fit both limits, but at least one; without copying.
    pub(super) fn slice(&self, first: usize, max_rows: usize, max_bytes: usize) -> (Bytes, usize) {
        let start = match first {
            0 => 0,
            first => self.ends[first - 1] + 1,
        };
        let last = self.rows().min(first.saturating_add(max_rows));
        let fitting = self.ends[first..last].partition_point(|end| end - start <= max_bytes);
        let end = self.ends[first + fitting.max(1) - 1];
        (self.bytes.slice(start..end), fitting.max(1))
    }

    /// Size of the row at `position`.
    pub(super) fn row_bytes(&self, position: usize) -> usize {
        match position {
            0 => self.ends[0],
            row => self.ends[row] - self.ends[row - 1] - 1,
        }
    }
}

/// What an encoding depends on: the table's content, the selected fields, the timestamp format.
pub(super) type Encoding = (u64, String, bool);

#[derive(Debug)]
pub(super) struct PageCache {
    /// Encoded bytes kept over all tables.
    bound: AtomicUsize,
    blocks: Mutex<Blocks>,
    readers: Mutex<HashMap<Encoding, Arc<Mutex<Reader>>>>,
}

#[derive(Debug, Default)]
struct Blocks {
    by_position: HashMap<(Encoding, u64), Arc<Block>>,
    oldest_first: VecDeque<(Encoding, u64)>,
    bytes: usize,
}

/// An open pass over a table's rows, standing before `next_block`.
#[derive(Default)]
struct Reader {
    next_block: u64,
    rows: Option<Rows>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Reader").field("next_block", &self.next_block).finish_non_exhaustive()
    }
}

impl PageCache {
    pub(super) fn new(bound: usize) -> Self {
        Self { bound: AtomicUsize::new(bound), blocks: Mutex::default(), readers: Mutex::default() }
    }

    /// Keeps so many bytes from now on, if that is more.
    pub(super) fn keep_more(&self, bound: usize) {
        self.bound.fetch_max(bound, Ordering::Relaxed);
    }

    /// The block at `position`, encoding it and what lies before it where needed. Blocks.
    pub(super) fn block(
        &self,
        encoding: &Encoding,
        position: u64,
        source: &TableSource,
        projection: &Projection,
    ) -> Result<Arc<Block>, SourceError> {
        if let Some(block) = self.kept(encoding, position) {
            return Ok(block);
        }
        let reader = Arc::clone(locked(&self.readers).entry(encoding.clone()).or_default());
        let mut reader = locked(&reader);
        if let Some(block) = self.kept(encoding, position) {
            return Ok(block);
        }
        if reader.rows.is_none() || reader.next_block > position {
            reader.rows = Some(source.read()?);
            reader.next_block = 0;
        }
        loop {
            let rows = reader.rows.iter_mut().flatten();
            let block = encode(rows, projection, encoding.2)?;
            let last = (block.rows() as u64) < BLOCK_ROWS;
            let block = self.keep(encoding, reader.next_block, block);
            reader.next_block += 1;
            if last {
                reader.rows = None;
            }
            if last || reader.next_block > position {
                return Ok(block);
            }
        }
    }

    /// Drops what is kept of a content that no table has any more.
    pub(super) fn forget(&self, content: u64) {
        locked(&self.readers).retain(|encoding, _| encoding.0 != content);
        let mut blocks = locked(&self.blocks);
        blocks.oldest_first.retain(|(encoding, _)| encoding.0 != content);
        blocks.by_position.retain(|(encoding, _), _| encoding.0 != content);
        blocks.bytes = blocks.by_position.values().map(|block| block.bytes.len()).sum();
    }

    fn kept(&self, encoding: &Encoding, position: u64) -> Option<Arc<Block>> {
        let key = (encoding.clone(), position);
        locked(&self.blocks).by_position.get(&key).map(Arc::clone)
    }

    fn keep(&self, encoding: &Encoding, position: u64, block: Block) -> Arc<Block> {
        let block = Arc::new(block);
        let key = (encoding.clone(), position);
        let mut blocks = locked(&self.blocks);
        if blocks.by_position.insert(key.clone(), Arc::clone(&block)).is_none() {
            blocks.bytes += block.bytes.len();
            blocks.oldest_first.push_back(key);
        }
        while blocks.bytes > self.bound.load(Ordering::Relaxed) {
            let Some(oldest) = blocks.oldest_first.pop_front() else {
                break;
            };
            if let Some(dropped) = blocks.by_position.remove(&oldest) {
                blocks.bytes -= dropped.bytes.len();
            }
        }
        block
    }
}

fn encode(
    rows: impl Iterator<Item = Result<crate::ga4::Row, SourceError>>,
    projection: &Projection,
    int64_timestamps: bool,
) -> Result<Block, SourceError> {
    let mut bytes = Vec::new();
    let mut ends = Vec::new();
    for row in rows.take(BLOCK_ROWS as usize) {
        if !bytes.is_empty() {
            bytes.push(b',');
        }
        write_row(&mut bytes, &row?, projection, int64_timestamps);
        ends.push(bytes.len());
    }
    Ok(Block { bytes: Bytes::from(bytes), ends })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ga4::{Schema, Value};

    #[test]
    fn blocks_beyond_the_bound_are_made_again_and_equal() {
        let schema = Schema::from_notation("id:int").unwrap();
        let projection = Projection::new(&schema, "").unwrap();
        let rows = (0..2_000).map(|id| vec![Value::Int(id)]).collect();
        let source = TableSource::rows(schema.into(), rows);
        let encoding: Encoding = (1, String::new(), false);
        let read = |cache: &PageCache, position| {
            let block = cache.block(&encoding, position, &source, &projection).unwrap();
            block.slice(0, usize::MAX, usize::MAX)
        };
        let roomy = PageCache::new(1 << 20);
        let cramped = PageCache::new(20_000);
        for position in [0, 1, 2, 3, 0, 3, 1] {
            assert_eq!(read(&roomy, position), read(&cramped, position), "block {position}");
            assert!(locked(&cramped.blocks).bytes <= 20_000);
        }
        assert_eq!(read(&cramped, 3).1, 2_000 - 3 * BLOCK_ROWS as usize);
        roomy.forget(1);
        assert_eq!(locked(&roomy.blocks).bytes, 0);
    }
}
