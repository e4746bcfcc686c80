//! Brings one day of the export from the warehouse into staging.
//!
//! Pages are fetched ahead, decoded on their own threads and copied one short transaction at a
//! time, the next page being decoded while one is copied: no transaction waits for the network.

use bytes::{Bytes, BytesMut};
use chrono::NaiveDate;
use common::db::{Db, DbError, TenantTx};
use common::kernel::{LoadId, StepId, TenantScope};

use crate::adapters::bigquery::{PageRequest, TableMeta, Warehouse, WarehouseError};
use crate::domain::event::copy::{self, RowEncoder};
use crate::domain::event::{EventDecoder, IdentityKeys};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::shard::Shard;
use crate::store::shard::{LOADER_VERSION, Source};
use crate::store::swap::StagedDay;
use crate::store::{event, staging};

/// Reasons of rejected rows that are kept for the user; all are counted.
const REASONS_KEPT: usize = 10;

/// What decides how a property's rows become facts.
#[derive(Debug, Clone)]
pub struct LoadRules {
    pub property_id: i64,
    pub dataset: String,
    pub identity: IdentityKeys,
    pub key_events: Vec<String>,
    pub default_currency: String,
}

/// How far a load is, for whoever watches.
pub trait Watcher: Send + Sync {
    fn rows(&self, done: u64, total: u64, bytes: u64);
}

/// A staged day and what was noticed on the way.
#[derive(Debug)]
pub struct Staged {
    pub day: StagedDay,
    pub bytes: u64,
    /// Values of another type than needed, duplicate keys, replaced characters.
    pub warnings: u64,
    pub reject_reasons: Vec<String>,
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
    /// Fewer or more rows came than the table has.
    #[error("{read} of {expected} rows came")]
    Incomplete { read: u64, expected: u64 },
    #[error("a thread that decodes pages broke off")]
    Thread,
}

impl From<sqlx::Error> for StageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Reads the table of `shard` into staging. What it staged is removed again when it fails.
///
/// # Errors
/// What kept the whole day from being staged.
pub async fn stage_day(
    db: &Db,
    scope: &TenantScope,
    step: StepId,
    warehouse: &dyn Warehouse,
    rules: &LoadRules,
    shard: &Shard,
    watcher: &dyn Watcher,
) -> Result<Staged, StageError> {
    let load = LoadId::mint();
    let mut tx = db.tenant(scope).await?;
    event::ensure_partition(&mut tx, shard.date).await?;
    staging::open(&mut tx, step, load).await?;
    tx.commit().await?;
    let staged = copy_table(db, scope, load, warehouse, rules, shard, watcher).await;
    if staged.is_err() {
        // Best effort: the next attempt removes what is left in any case.
        if let Ok(mut tx) = db.tenant(scope).await
            && staging::close(&mut tx, load).await.is_ok()
        {
            let _ = tx.commit().await;
        }
    }
    staged
}

async fn copy_table(
    db: &Db,
    scope: &TenantScope,
    load: LoadId,
    warehouse: &dyn Warehouse,
    rules: &LoadRules,
    shard: &Shard,
    watcher: &dyn Watcher,
) -> Result<Staged, StageError> {
    let table = shard.table();
    let meta = warehouse.table(&rules.dataset, &table).await?;
    let decoder = EventDecoder::selecting(&meta.schema, rules.identity.clone())?;
    let mut pages = warehouse.pages(PageRequest {
        dataset: rules.dataset.clone(),
        table: table.clone(),
        selected_fields: decoder.selected_fields().map(str::to_owned),
        from_row: 0,
        max_rows: None,
    });
    let encoder = RowEncoder { load_id: load.uuid(), property_id: rules.property_id };
    let mut reader = Reader::new(decoder, encoder, shard.date);
    let (mut ready, mut bytes) = (None, 0);
    while let Some(page) = pages.next().await {
        let page = page?;
        bytes += page.body.len() as u64;
        let (copied, read) =
            tokio::join!(copy_rows(db, scope, ready.take()), reader.read(page.body));
        copied?;
        let (next, rows) = read?;
        (reader, ready) = (next, Some(rows));
        watcher.rows(reader.rows, meta.num_rows, bytes);
    }
    copy_rows(db, scope, ready).await?;

    let mut tx = db.tenant(scope).await?;
    event::number_identities(&mut tx, rules.property_id, load).await?;
    tx.commit().await?;

    let after = warehouse.table(&rules.dataset, &table).await?;
    if (after.last_modified_ms, &after.etag) != (meta.last_modified_ms, &meta.etag) {
        return Err(StageError::Changed);
    }
    if reader.rows != reader.expected.unwrap_or(meta.num_rows) {
        let expected = reader.expected.unwrap_or(meta.num_rows);
        return Err(StageError::Incomplete { read: reader.rows, expected });
    }
    Ok(reader.staged(load, rules, source(shard, &meta), bytes))
}

/// The state of the table, to be compared with the next time.
#[must_use]
pub fn source(shard: &Shard, meta: &TableMeta) -> Source {
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Source {
        table_name: shard.table(),
        kind: shard.kind.as_str().to_owned(),
        modified_ms: meta.last_modified_ms,
        rows: signed(meta.num_rows),
        bytes: signed(meta.num_bytes),
        etag: meta.etag.clone(),
    }
}

async fn copy_rows(db: &Db, scope: &TenantScope, rows: Option<Bytes>) -> Result<(), StageError> {
    let Some(rows) = rows else { return Ok(()) };
    let mut tx: TenantTx = db.tenant(scope).await?;
    tx.copy_in(&copy::statement(), &rows).await?;
    Ok(tx.commit().await?)
}

/// Decodes page after page and keeps the sums.
#[derive(Debug)]
struct Reader {
    decoder: EventDecoder,
    encoder: RowEncoder,
    date: NaiveDate,
    /// Rows of the table that were read, rejected ones included.
    rows: u64,
    staged: u64,
    rejected: u64,
    reasons: Vec<String>,
    expected: Option<u64>,
    fingerprint: Fingerprint,
}

impl Reader {
    fn new(decoder: EventDecoder, encoder: RowEncoder, date: NaiveDate) -> Self {
        Self {
            decoder,
            encoder,
            date,
            rows: 0,
            staged: 0,
            rejected: 0,
            reasons: Vec::new(),
            expected: None,
            fingerprint: Fingerprint::default(),
        }
    }

    /// Decodes on a thread that may block.
    async fn read(mut self, page: Bytes) -> Result<(Self, Bytes), StageError> {
        tokio::task::spawn_blocking(move || {
            let rows = self.decode(&page)?;
            Ok((self, rows))
        })
        .await
        .map_err(|_| StageError::Thread)?
    }

    fn decode(&mut self, page: &[u8]) -> Result<Bytes, StageError> {
        let Self { decoder, encoder, fingerprint, .. } = self;
        // Encoded rows are about as long as their JSON without the brackets.
        let mut out = BytesMut::with_capacity(page.len() / 2);
        copy::header(&mut out);
        let (mut staged, mut strays) = (0, 0);
        let date = self.date;
        let summary = decoder.page(page, self.rows, |event| {
            if event.event_date != date {
                strays += 1;
                return;
            }
            encoder.row(event, &mut out);
            fingerprint.add(event.row_hash);
            staged += 1;
        })?;
        copy::trailer(&mut out);
        self.rows += summary.rows;
        self.staged += staged;
        self.rejected += summary.rejected.len() as u64 + strays;
        self.expected = self.expected.or(summary.total_rows);
        let reasons = summary.rejected.into_iter().map(|r| format!("row {}: {}", r.row, r.reason));
        let stray = (strays > 0).then(|| format!("{strays} rows of another day than {date}"));
        self.reasons.extend(reasons.chain(stray));
        self.reasons.truncate(REASONS_KEPT);
        Ok(out.freeze())
    }

    fn staged(self, load: LoadId, rules: &LoadRules, source: Source, bytes: u64) -> Staged {
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Staged {
            day: StagedDay {
                property_id: rules.property_id,
                date: self.date,
                load,
                source,
                fingerprint: fingerprint(&self.fingerprint, rules),
                staged_rows: signed(self.staged),
                rejected_rows: signed(self.rejected),
                key_events: rules.key_events.clone(),
                default_currency: rules.default_currency.clone(),
            },
            bytes,
            warnings: self.decoder.notes().warnings(),
            reject_reasons: self.reasons,
        }
    }
}

/// Equal exactly when the same rows are loaded by the same rules.
fn fingerprint(rows: &Fingerprint, rules: &LoadRules) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    hash.update(&LOADER_VERSION.to_be_bytes());
    let rows = rows.to_string();
    let parts = [rows.as_str(), rules.default_currency.as_str()];
    for part in parts.into_iter().chain(rules.key_events.iter().map(String::as_str)) {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    *hash.finalize().as_bytes()
}
