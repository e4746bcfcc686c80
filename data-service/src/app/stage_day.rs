//! Brings one day of the export from the warehouse into staging.
//!
//! Pages are fetched ahead, decoded on their own threads and copied, each in a short transaction of its own and together
//! with a checkpoint, from which a later attempt goes on: no transaction waits for the network.

use async_trait::async_trait;
use common::db::{DbError, TenantTx};
use common::jobs::{CoverError, StepError};
use common::kernel::{LoadId, StepId, saturating_i64};
use common::tenant_config::{NoResultsRule, Reading};

use super::checkpoint::{Checkpoint, Discarded, Sums};
use super::day_reader::DayReader;
use super::page_copies::PageCopies;
use super::query_cost::CostLimit;
use super::replace_day::StagedDay;
use crate::adapters::bigquery::{ErrorClass, PageRequest, TableMeta, Warehouse, WarehouseError};
use crate::domain::event::{EventDecoder, IdentityKeys, Notes, ParamTypes};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::shard::{Shard, ShardKind};
use crate::store::shard::{LOADER_VERSION, Source};
use crate::store::{event, staging};

/// What decides how a property's rows become facts.
#[derive(Debug, Clone)]
pub struct LoadRules {
    pub property_id: i64,
    pub dataset: String,
    pub identity: IdentityKeys,
    pub param_types: ParamTypes,
    pub key_events: Vec<String>,
    pub no_results: NoResultsRule,
    pub default_currency: String,
}

/// One attempt at loading a day: it owns the transactions in which rows and checkpoint go together.
#[async_trait]
pub trait Attempt: Send + Sync {
    fn step(&self) -> StepId;

    /// What an earlier attempt saved.
    ///
    /// # Errors
    /// When it cannot be read.
    fn checkpoint(&self) -> Result<Option<Checkpoint>, StepError>;

    /// A transaction that nobody else's attempt can commit beside.
    ///
    /// # Errors
    /// When the attempt is no longer ours.
    async fn transaction(&self) -> Result<TenantTx, StepError>;

    /// A transaction for rows that only this load knows: whether the attempt is still ours is asked when they are saved.
    ///
    /// # Errors
    /// When the database refuses.
    async fn unfenced(&self) -> Result<TenantTx, StepError> {
        self.transaction().await
    }

    /// Commits `tx` with the checkpoint.
    ///
    /// # Errors
    /// When the attempt is no longer ours; nothing of `tx` happened then.
    async fn save(&self, tx: TenantTx, checkpoint: &Checkpoint) -> Result<(), StepError>;

    /// Asks for leave to be billed `estimate` bytes for reading the rows of `load`; answers how many at most. Asked again
    /// for the same load it gives the same leave.
    ///
    /// # Errors
    /// When the tenant's limits do not allow it.
    async fn afford(&self, load: LoadId, estimate: u64) -> Result<u64, StageError> {
        let _ = load;
        Ok(estimate)
    }

    /// Records what reading the rows of `load` was billed.
    ///
    /// # Errors
    /// When it cannot be stored.
    async fn billed(&self, load: LoadId, bytes: u64) -> Result<(), StageError> {
        let _ = (load, bytes);
        Ok(())
    }

    /// Rows read, rows there are, bytes read.
    fn progress(&self, done: u64, total: u64, bytes: u64);
}

/// A staged day and what was noticed on the way.
#[derive(Debug)]
pub struct Staged {
    pub day: StagedDay,
    pub bytes: u64,
    /// Bytes that BigQuery billed for them.
    pub billed_bytes: u64,
    /// Values of another type than needed, duplicate keys, replaced characters.
    pub notes: Notes,
    pub reject_reasons: Vec<String>,
    /// Rows that an earlier attempt had read.
    pub resumed_from: u64,
    /// Why an earlier attempt's rows were not used.
    pub discarded: Option<Discarded>,
}

#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    #[error(transparent)]
    Db(#[from] DbError),
    /// The table has none of the columns an event needs.
    #[error("{0}")]
    Schema(#[from] crate::domain::event::SchemaError),
    /// A page broke off in a way that asking again may cure.
    #[error("a page could not be read: {0}")]
    Page(#[from] crate::domain::wire::page::PageError),
    /// The table changed between the first and the last page.
    #[error("the table changed while it was read")]
    Changed,
    /// The table was there when the reading began.
    #[error("the table disappeared while it was read: {0}")]
    Vanished(WarehouseError),
    /// Pages came in another order than they were asked for.
    #[error("the pages do not follow one another: {0}")]
    Torn(#[from] CoverError),
    /// Fewer or more rows came than the table has.
    #[error("{read} of {expected} rows came")]
    Incomplete { read: u64, expected: u64 },
    /// The tenant's limits do not allow what reading would be billed.
    #[error(transparent)]
    Cost(#[from] CostLimit),
    #[error("a thread that decodes pages broke off")]
    Thread,
    /// The attempt is over, or its checkpoint cannot be stored.
    #[error("the attempt cannot go on")]
    Attempt(#[source] StepError),
}

impl StageError {
    /// Whether the staged rows may serve another attempt.
    fn may_resume(&self) -> bool {
        match self {
            Self::Warehouse(error) => error.class == ErrorClass::Transient && !error.forgotten(),
            Self::Db(_) | Self::Page(_) | Self::Torn(_) => true,
            Self::Thread | Self::Attempt(_) => true,
            Self::Schema(_) | Self::Changed | Self::Vanished(_) => false,
            Self::Incomplete { .. } | Self::Cost(_) => false,
        }
    }
}

impl From<sqlx::Error> for StageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<StepError> for StageError {
    fn from(error: StepError) -> Self {
        Self::Attempt(error)
    }
}

/// Like [`stage_day`]; when a provisional table is gone, the daily one that takes its place is read.
///
/// # Errors
/// As [`stage_day`].
pub async fn stage_best(
    warehouse: &dyn Warehouse,
    rules: &LoadRules,
    shard: &Shard,
    attempt: &dyn Attempt,
) -> Result<Staged, StageError> {
    match stage_day(warehouse, rules, shard, attempt).await {
        Err(StageError::Warehouse(gone) | StageError::Vanished(gone))
            if gone.gone() && shard.kind != ShardKind::Daily =>
        {
            let daily = Shard { date: shard.date, kind: ShardKind::Daily };
            stage_day(warehouse, rules, &daily, attempt).await
        }
        staged => staged,
    }
}

/// Reads the table of `shard` into staging, going on where an earlier attempt stopped. What it staged is removed
/// when no later attempt can use it.
///
/// # Errors
/// What kept the whole day from being staged.
pub async fn stage_day(
    warehouse: &dyn Warehouse,
    rules: &LoadRules,
    shard: &Shard,
    attempt: &dyn Attempt,
) -> Result<Staged, StageError> {
    let meta = warehouse.table(&rules.dataset, &shard.table()).await?;
    let (start, discarded) = begin(shard, &meta, warehouse.reading(), attempt).await?;
    let load = start.load;
    let resumed_from = start.sums.rows.end();
    let staged = copy_table(start, warehouse, rules, shard, &meta, attempt).await;
    match staged {
        Ok(staged) => Ok(Staged { resumed_from, discarded, ..staged }),
        Err(error) => {
            let error = match error {
                StageError::Warehouse(gone) if gone.gone() => StageError::Vanished(gone),
                error => error,
            };
            // Not in the way of another attempt that has taken over.
            if !error.may_resume()
                && let Ok(mut tx) = attempt.transaction().await
                && staging::close(&mut tx, load).await.is_ok()
            {
                // Best effort: dead loads are swept up in any case.
                let _ = tx.commit().await;
            }
            Err(error)
        }
    }
}

/// The point to read on from: the checkpoint, if it still fits, or the first row of a new load.
async fn begin(
    shard: &Shard,
    meta: &TableMeta,
    reading: Reading,
    attempt: &dyn Attempt,
) -> Result<(Checkpoint, Option<Discarded>), StageError> {
    let source = source(shard, meta);
    let mut tx = attempt.transaction().await?;
    let mut discarded = None;
    if let Some(checkpoint) = attempt.checkpoint()? {
        discarded = checkpoint.check(&mut tx, &source, reading).await?;
        if discarded.is_none() {
            return Ok((checkpoint, None));
        }
        // After a crash of the database nothing else names its tables.
        staging::close(&mut tx, checkpoint.load).await?;
    }
    let (load, loader, sums) = (LoadId::mint(), LOADER_VERSION, Sums::default());
    let start = Checkpoint { load, loader, source, reading, sums };
    event::ensure_partition(&mut tx, shard.date).await?;
    staging::open(&mut tx, attempt.step(), start.load).await?;
    attempt.save(tx, &start).await?;
    Ok((start, discarded))
}

async fn copy_table(
    start: Checkpoint,
    warehouse: &dyn Warehouse,
    rules: &LoadRules,
    shard: &Shard,
    meta: &TableMeta,
    attempt: &dyn Attempt,
) -> Result<Staged, StageError> {
    let table = shard.table();
    let decoder = EventDecoder::selecting(&meta.schema, rules.identity.clone())?
        .typing(rules.param_types.clone());
    let Checkpoint { load, loader, source, reading, sums } = start;
    let at = |sums: &Sums| Checkpoint {
        load,
        loader,
        source: source.clone(),
        reading,
        sums: sums.clone(),
    };
    let mut request = PageRequest {
        dataset: rules.dataset.clone(),
        table: table.clone(),
        selected_fields: decoder.selected_fields().map(str::to_owned),
        from_row: sums.rows.end(),
        day: Some(shard.date),
        load: Some(load),
        ..PageRequest::default()
    };
    let estimate = warehouse.estimate(&request).await?;
    if estimate > 0 {
        request.max_bytes_billed = Some(attempt.afford(load, estimate).await?);
    }
    let from_row = request.from_row;
    let mut pages = warehouse.pages(request);
    let mut reader = DayReader::new(decoder, rules.property_id, shard.date, sums, from_row);
    attempt.progress(reader.sums.rows.end(), meta.num_rows, reader.sums.bytes);
    let mut copies = PageCopies::new(attempt, meta.num_rows);
    while let Some(page) = copies.beside(pages.next()).await? {
        let page = page?;
        if estimate > 0 && page.number == 0 {
            attempt.billed(load, pages.bytes_billed()).await?;
        }
        let (next, rows) = copies.beside(reader.read(page)).await??;
        reader = next;
        copies.begin(rows, at(&reader.sums)).await?;
    }
    copies.finish().await?;

    let mut tx = attempt.transaction().await?;
    // The numbers are on the disk when the day that needs them is.
    staging::may_be_forgotten(&mut tx).await?;
    event::collapse_twins(&mut tx, load, reader.twins()).await?;
    event::number_identities(&mut tx, rules.property_id, load).await?;
    tx.commit().await?;

    let after = warehouse.table(&rules.dataset, &table).await?;
    let changed = (after.last_modified_ms, &after.etag) != (meta.last_modified_ms, &meta.etag);
    let streams = reading == Reading::List && shard.kind != ShardKind::Daily;
    // What a query answered is of one moment, and what streams in comes after what was read: the day is taken as it was
    // found, and the next look finds that its table is another one.
    if changed && reading == Reading::List && !streams {
        return Err(StageError::Changed);
    }
    let (read, expected) = (reader.sums.rows.end(), reader.expected.unwrap_or(meta.num_rows));
    if read < expected || (read > expected && !streams) {
        return Err(StageError::Incomplete { read, expected });
    }
    // Where rows are chosen at the source, those of another day stay there.
    reader.left_out(meta.num_rows.saturating_sub(expected));
    let mut source = source;
    if changed {
        source.rows = source.rows.max(saturating_i64(read));
    }
    let billed_bytes = pages.bytes_billed();
    Ok(Staged { billed_bytes, ..staged(reader.sums, load, source, rules, shard) })
}

/// The state of the table, to be compared with the next time.
#[must_use]
pub fn source(shard: &Shard, meta: &TableMeta) -> Source {
    Source {
        table_name: shard.table(),
        kind: shard.kind.as_str().to_owned(),
        modified_ms: meta.last_modified_ms,
        rows: saturating_i64(meta.num_rows),
        bytes: saturating_i64(meta.num_bytes),
        etag: meta.etag.clone(),
    }
}

fn staged(sums: Sums, load: LoadId, source: Source, rules: &LoadRules, shard: &Shard) -> Staged {
    Staged {
        day: StagedDay {
            property_id: rules.property_id,
            date: shard.date,
            load,
            source,
            fingerprint: fingerprint(&sums.fingerprint, rules),
            staged_rows: saturating_i64(sums.staged),
            rejected_rows: saturating_i64(sums.rejected),
            drifts: sums.notes.drifts.clone(),
            key_events: rules.key_events.clone(),
            no_results: rules.no_results.clone(),
            default_currency: rules.default_currency.clone(),
        },
        bytes: sums.bytes,
        billed_bytes: 0,
        notes: sums.notes,
        reject_reasons: sums.reject_reasons,
        resumed_from: 0,
        discarded: None,
    }
}

/// Equal exactly when the same rows are loaded by the same rules.
fn fingerprint(rows: &Fingerprint, rules: &LoadRules) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(&LOADER_VERSION.to_be_bytes());
    let (rows, no_results) = (rows.to_string(), format!("{:?}", rules.no_results));
    let parts = [rows.as_str(), rules.default_currency.as_str(), no_results.as_str()];
    for part in parts.into_iter().chain(rules.key_events.iter().map(String::as_str)) {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    if !rules.param_types.is_empty() {
        hash.update(format!("{:?}", rules.param_types).as_bytes());
    }
    *hash.finalize().as_bytes()
}
