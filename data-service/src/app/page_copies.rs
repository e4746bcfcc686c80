//! Copies the pages of a load into its staging, while the next ones are fetched and decoded.
//!
//! Each page's rows are committed together with a checkpoint, one page after the other; a later one is on its way to the
//! database while an earlier one is still being stored there, where large rows take longer than decoding them.

use std::future::Future;
use std::pin::pin;

use bytes::Bytes;
use common::db::TenantTx;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;

use super::checkpoint::Checkpoint;
use super::stage_day::{Attempt, StageError};
use crate::domain::event::copy;
use crate::store::staging::{self, Tables};

/// Pages on their way into the database. More would wait for each other, and be held meanwhile.
const AT_ONCE: usize = 2;

/// A page's rows in the database, not committed yet.
type Copied = (TenantTx, Checkpoint);

pub(super) struct PageCopies<'a> {
    attempt: &'a dyn Attempt,
    /// Rows of the table.
    total: u64,
    /// In the order of the pages.
    under_way: FuturesOrdered<BoxFuture<'a, Result<Copied, StageError>>>,
}

impl<'a> PageCopies<'a> {
    pub(super) fn new(attempt: &'a dyn Attempt, total: u64) -> Self {
        Self { attempt, total, under_way: FuturesOrdered::new() }
    }

    /// Does `work` while pages are copied.
    pub(super) async fn beside<T>(
        &mut self,
        work: impl Future<Output = T>,
    ) -> Result<T, StageError> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                Some(copied) = self.under_way.next() => self.commit(copied?).await?,
            }
        }
    }

    /// Begins to copy a page, when there is room for it. `checkpoint` is where the load stands with its rows.
    pub(super) async fn begin(
        &mut self,
        rows: Bytes,
        checkpoint: Checkpoint,
    ) -> Result<(), StageError> {
        self.until(AT_ONCE - 1).await?;
        let attempt = self.attempt;
        self.under_way.push_back(Box::pin(async move {
            let mut tx = attempt.unfenced().await?;
            staging::may_be_forgotten(&mut tx).await?;
            tx.copy_in(&copy::statement(&Tables(checkpoint.load).event()), &rows).await?;
            Ok((tx, checkpoint))
        }));
        Ok(())
    }

    /// Waits until all pages are committed.
    pub(super) async fn finish(mut self) -> Result<(), StageError> {
        self.until(0).await
    }

    async fn until(&mut self, left: usize) -> Result<(), StageError> {
        while self.under_way.len() > left
            && let Some(copied) = self.under_way.next().await
        {
            self.commit(copied?).await?;
        }
        Ok(())
    }

    async fn commit(&mut self, (tx, checkpoint): Copied) -> Result<(), StageError> {
        let sums = &checkpoint.sums;
        self.attempt.progress(sums.rows.end(), self.total, sums.bytes);
        Ok(self.attempt.save(tx, &checkpoint).await?)
    }
}
