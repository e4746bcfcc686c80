//! What loading customers and loading locations have in common.
//!
//! Each file takes effect, and enters the ledger, in a transaction of its own, with the step's
//! checkpoint: a step that is started again goes on with the files that are left.

mod columns;
mod failure;
mod file;
mod look;
mod source;
mod tally;

use std::time::Duration;

use common::crypto::Keyring;
use common::db::Db;
use common::jobs::{Class, Failure, StepContext, StepDone, StepError};
use common::kernel::{LoadId, SharedClock};
use common::net::{Circuits, EgressPolicy};
use serde::Deserialize;

use self::look::Look;
use self::source::Source;
use self::tally::Tally;
use crate::adapters::sftp::RemoteFile;
use crate::domain::file::Feed;
use crate::store::master_row;

/// No load takes longer; what older ones left in staging nobody will use.
const ABANDONED_AFTER: Duration = Duration::from_secs(6 * 3600);

/// What a step is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MasterDataPayload {
    /// A tenant without a file server has nothing to load.
    optional: bool,
}

/// Brings master data from a tenant's SFTP server into the database.
#[derive(Debug, Clone)]
pub struct MasterData {
    db: Db,
    keyring: Keyring,
    egress: EgressPolicy,
    servers: Circuits,
    clock: SharedClock,
}

impl MasterData {
    pub fn new(
        db: Db,
        keyring: Keyring,
        egress: EgressPolicy,
        servers: Circuits,
        clock: SharedClock,
    ) -> Self {
        Self { db, keyring, egress, servers, clock }
    }

    /// Loads the files of one feed. One file's fault does not keep the others out.
    pub async fn run(&self, feed: Feed, context: &StepContext) -> Result<StepDone, StepError> {
        let MasterDataPayload { optional } = context.payload()?;
        let Some(source) = self.source(feed, context, optional).await? else {
            return Ok(StepDone::new(Tally::nothing_to_load(feed)));
        };
        let mut tally: Tally = context.checkpoint()?.unwrap_or_default();
        self.sweep(context, &tally).await?;
        context.progress().phase("look");
        let Look { ready, growing, settled } = look::look(context, &source).await?;
        for file in &settled {
            clear_away(context, &source, file).await?;
        }

        let mut failure = None;
        for file in &ready {
            context.check()?;
            context.progress().phase("load");
            match file::load(&self.db, context, &source, file, &mut tally).await {
                Ok(()) => clear_away(context, &source, file).await?,
                Err(StepError::Failed(fault)) => failure = Some(worse(failure, fault)),
                Err(stop) => return Err(stop),
            }
        }
        if let Some(failure) = failure {
            return Err(StepError::Failed(failure));
        }
        if let Some(name) = growing.first() {
            return Err(failure::still_written(name));
        }
        let rejects = tally.rejected > 0;
        Ok(StepDone { rejects, ..StepDone::new(tally.outcome()) })
    }

    async fn source(
        &self,
        feed: Feed,
        context: &StepContext,
        optional: bool,
    ) -> Result<Option<Source>, StepError> {
        let mut tx = self.db.tenant(context.scope()).await?;
        let connection = source::connection(&mut tx, &self.keyring).await?;
        drop(tx);
        let Some(connection) = connection else {
            return if optional { Ok(None) } else { Err(failure::no_connection()) };
        };
        source::source(feed, &connection, &self.egress, &self.servers).await
    }

    /// Deletes what dead loads left in staging.
    async fn sweep(&self, context: &StepContext, tally: &Tally) -> Result<(), StepError> {
        let mut tx = self.db.tenant(context.scope()).await?;
        if let Some(load) = tally.load {
            master_row::delete(&mut tx, LoadId::from_uuid(load)).await?;
        }
        master_row::delete_abandoned(&mut tx, self.clock.now(), ABANDONED_AFTER).await?;
        Ok(tx.commit().await?)
    }
}

/// Of several files' faults the first that may pass, else the first: the others come again with the next attempt.
fn worse(known: Option<Box<Failure>>, fault: Box<Failure>) -> Box<Failure> {
    match known {
        Some(known) if known.class == Class::Transient || fault.class != Class::Transient => known,
        _ => fault,
    }
}

/// After the rows are stored. A server that does not let us keeps the file; the ledger knows it is done, and the next
/// job tries again.
async fn clear_away(
    context: &StepContext,
    source: &Source,
    file: &RemoteFile,
) -> Result<(), StepError> {
    let Some(disposal) = &source.disposal else { return Ok(()) };
    if let Err(error) = until_stopped(context, source.server.dispose(file, disposal)).await? {
        tracing::warn!(%error, feed = source.feed.as_str(), "a loaded file could not be cleared away");
    }
    Ok(())
}

/// Waits for `work`, but no longer than the step is wanted.
async fn until_stopped<T>(
    context: &StepContext,
    work: impl Future<Output = T>,
) -> Result<T, StepError> {
    context.cancelled().run_until_cancelled(work).await.ok_or(StepError::Stopped)
}
