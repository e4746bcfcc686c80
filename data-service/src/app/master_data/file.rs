//! One file, from the server to the customers or locations.

use bytes::Bytes;
use common::db::{Db, TenantTx};
use common::jobs::{ErrorCode, StepContext, StepError};
use common::kernel::LoadId;

use super::look::version;
use super::source::Source;
use super::tally::Tally;
use super::{columns, failure, until_stopped};
use crate::adapters::sftp::{Download, Downloaded, RemoteFile, SftpError};
use crate::domain::file::{Feed, FileError, FileParser, Parsed, Reject, Unpacker};
use crate::store::master_row::{self, Batch};
use crate::store::source_file::{self, FileState, Verdict};
use crate::store::{customer, location, master_version, reject};

/// Rows go to staging in pieces of about this size, so memory stays flat.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Why a file was not loaded.
enum Fault {
    /// The file is to blame; the next one may be better.
    File(FileError),
    Server(SftpError),
    Step(StepError),
}

impl From<FileError> for Fault {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<StepError> for Fault {
    fn from(error: StepError) -> Self {
        Self::Step(error)
    }
}

/// What was read of a file so far.
#[derive(Debug, Default)]
struct Reading {
    bytes: u64,
    rows: u64,
    rejects: Vec<Reject>,
    /// How many rows went to staging.
    staged: u64,
    parsed: Parsed,
    /// The columns, as they are compared.
    header: Option<Vec<String>>,
}

/// Loads `file`; its effect, its ledger entry and `tally` are stored together.
pub(super) async fn load(
    db: &Db,
    context: &StepContext,
    source: &Source,
    file: &RemoteFile,
    tally: &mut Tally,
) -> Result<(), StepError> {
    let load = LoadId::mint();
    tally.load = Some(load.uuid());
    context.save_checkpoint(context.fenced().await?, tally).await?;
    let mut reading = Reading::default();
    let fault = match stage(db, context, source, file, load, &mut reading).await {
        Ok(downloaded) => {
            return merge(context, source, file, load, &reading, &downloaded, tally).await;
        }
        Err(fault) => fault,
    };
    let mut tx = match &fault {
        Fault::File(error) => {
            let mut tx = context.fenced().await?;
            record_failure(&mut tx, source, file, &reading, error).await?;
            tx
        }
        _ => db.tenant(context.scope()).await?,
    };
    master_row::delete(&mut tx, load).await?;
    tx.commit().await?;
    Err(match fault {
        Fault::File(error) => failure::of_file(&file.name, &error),
        Fault::Server(error) => failure::of_server(&error),
        Fault::Step(error) => error,
    })
}

/// Streams the file into staging, where nobody sees it.
async fn stage(
    db: &Db,
    context: &StepContext,
    source: &Source,
    file: &RemoteFile,
    load: LoadId,
    reading: &mut Reading,
) -> Result<Downloaded, Fault> {
    let mut transfer = source.server.download(file).map_err(Fault::Server)?;
    let contract = columns::contract(db, context, source).await?;
    let mut parser = FileParser::new(source.dialect.clone(), source.mapping.clone(), contract);
    let mut unpacker = Unpacker::new(source.packing(&file.name));
    let mut batch = Batch::new(load);
    while let Some(chunk) = next(context, &mut transfer).await? {
        reading.bytes += chunk.len() as u64;
        unpacker.push(chunk)?;
        parse(db, context, source, &mut unpacker, &mut parser, &mut batch, reading).await?;
    }
    // Whether the bytes are the file comes before what they say.
    let downloaded = until_stopped(context, transfer.finish()).await?.map_err(Fault::Server)?;
    unpacker.end()?;
    parse(db, context, source, &mut unpacker, &mut parser, &mut batch, reading).await?;
    let ended = parser.finish(&mut reading.parsed);
    reading.header = parser.header();
    ended?;
    take(reading, source, &mut batch)?;
    report(context, reading);
    flush(db, context, &mut batch).await?;

    let rejected = reading.rejects.len() as u64;
    if source.limit.exceeded(rejected, reading.rows) {
        return Err(too_many(reading, source).into());
    }
    if reading.staged == 0 && source.deactivate_missing {
        return Err(FileError::NoRows.into());
    }
    Ok(downloaded)
}

/// Everything that the bytes so far give.
async fn parse(
    db: &Db,
    context: &StepContext,
    source: &Source,
    unpacker: &mut Unpacker,
    parser: &mut FileParser,
    batch: &mut Batch,
    reading: &mut Reading,
) -> Result<(), Fault> {
    while let Some(piece) = unpacker.piece()? {
        let pushed = parser.push(&piece, &mut reading.parsed);
        if reading.header.is_none() || pushed.is_err() {
            reading.header = parser.header();
        }
        pushed?;
        take(reading, source, batch)?;
        report(context, reading);
        if batch.bytes() >= BATCH_BYTES {
            flush(db, context, batch).await?;
        }
    }
    Ok(())
}

async fn next(context: &StepContext, transfer: &mut Download) -> Result<Option<Bytes>, StepError> {
    until_stopped(context, transfer.next()).await
}

/// Moves what was parsed on: rows to the batch, rejects to the others.
fn take(reading: &mut Reading, source: &Source, batch: &mut Batch) -> Result<(), FileError> {
    let Parsed { rows, rejects } = std::mem::take(&mut reading.parsed);
    reading.rows += (rows.len() + rejects.len()) as u64;
    reading.staged += rows.len() as u64;
    rows.iter().for_each(|row| batch.push(row));
    reading.rejects.extend(rejects);
    // A file of garbage is not read to its end.
    if source.limit.count_exceeded(reading.rejects.len() as u64) {
        return Err(too_many(reading, source));
    }
    Ok(())
}

fn too_many(reading: &Reading, source: &Source) -> FileError {
    FileError::TooManyRejects {
        rejected: reading.rejects.len() as u64,
        rows: reading.rows,
        limit: source.limit.to_string(),
    }
}

fn report(context: &StepContext, reading: &Reading) {
    context.progress().bytes(reading.bytes);
    context.progress().rows_done(reading.rows);
}

/// A short transaction of its own: none is held while the server is waited for.
async fn flush(db: &Db, context: &StepContext, batch: &mut Batch) -> Result<(), StepError> {
    let mut tx = db.tenant(context.scope()).await?;
    master_row::copy(&mut tx, batch).await?;
    Ok(tx.commit().await?)
}

async fn merge(
    context: &StepContext,
    source: &Source,
    file: &RemoteFile,
    load: LoadId,
    reading: &Reading,
    downloaded: &Downloaded,
    tally: &mut Tally,
) -> Result<(), StepError> {
    context.progress().phase("apply");
    let mut next = Tally { load: None, ..*tally };
    let mut tx = context.fenced().await?;
    master_row::may_take_long(&mut tx).await?;
    master_version::lock(&mut tx, source.feed).await?;
    let sha256 = Some(downloaded.sha256);
    let verdict =
        if source_file::is_duplicate(&mut tx, source.feed, &downloaded.sha256, file.modified_at)
            .await?
        {
            next.duplicate_files += 1;
            let reason = Some("same_content");
            Verdict {
                state: FileState::Duplicate,
                reason,
                sha256,
                loaded_rows: 0,
                rejected_rows: 0,
            }
        } else {
            apply(&mut tx, source, load, reading, &mut next).await?;
            let rejected = reading.rejects.len() as u64;
            Verdict {
                state: if rejected > 0 { FileState::LoadedWithRejects } else { FileState::Loaded },
                reason: None,
                sha256,
                loaded_rows: next.loaded - tally.loaded,
                rejected_rows: rejected,
            }
        };
    let entry = source_file::finish(&mut tx, source.feed, &version(file), &verdict).await?;
    if verdict.state != FileState::Duplicate {
        reject::replace(&mut tx, entry, &reading.rejects).await?;
        columns::record(&mut tx, source, &file.path, reading.header.as_deref(), true).await?;
    }
    master_row::delete(&mut tx, load).await?;
    context.save_checkpoint(tx, &next).await?;
    *tally = next;
    Ok(())
}

async fn apply(
    tx: &mut TenantTx,
    source: &Source,
    load: LoadId,
    reading: &Reading,
    tally: &mut Tally,
) -> Result<(), StepError> {
    if master_row::count(tx, load).await? != reading.staged {
        return Err(StepError::transient(
            ErrorCode::DatabaseUnavailable,
            "the database lost the rows of this file while it was read",
        ));
    }
    let merged = match source.feed {
        Feed::Customers => customer::merge(tx, load).await?,
        Feed::Locations => location::merge(tx, load).await?,
    };
    let mut deactivated = 0;
    if source.deactivate_missing {
        let kept: Vec<String> =
            reading.rejects.iter().filter_map(|reject| reject.code.clone()).collect();
        deactivated = match source.feed {
            Feed::Customers => customer::deactivate_missing(tx, load, &kept).await?,
            Feed::Locations => location::deactivate_missing(tx, load, &kept).await?,
        };
    }
    if merged.changed + deactivated > 0 {
        master_version::raise(tx).await?;
    }
    tally.files += 1;
    tally.loaded += merged.applied;
    tally.changed += merged.changed;
    tally.duplicates += reading.staged - merged.applied;
    tally.rejected += reading.rejects.len() as u64;
    tally.deactivated += deactivated;
    Ok(())
}

async fn record_failure(
    tx: &mut TenantTx,
    source: &Source,
    file: &RemoteFile,
    reading: &Reading,
    error: &FileError,
) -> Result<(), StepError> {
    let verdict = Verdict {
        state: FileState::Failed,
        reason: Some(error.code()),
        sha256: None,
        loaded_rows: 0,
        rejected_rows: reading.rejects.len() as u64,
    };
    let entry = source_file::finish(tx, source.feed, &version(file), &verdict).await?;
    if matches!(error, FileError::SchemaChanged { .. }) {
        columns::record(tx, source, &file.path, reading.header.as_deref(), false).await?;
    }
    Ok(reject::replace(tx, entry, &reading.rejects).await?)
}
