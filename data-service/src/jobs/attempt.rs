//! A leased step as an attempt at loading a day.

use async_trait::async_trait;
use common::db::TenantTx;
use common::jobs::{StepContext, StepError};
use common::kernel::StepId;

use crate::app::checkpoint::Checkpoint;
use crate::app::stage_day::Attempt;

/// Rows and checkpoint are committed under the step's lease.
#[derive(Debug)]
pub(super) struct Leased<'a>(pub &'a StepContext);

#[async_trait]
impl Attempt for Leased<'_> {
    fn step(&self) -> StepId {
        self.0.step_id()
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, StepError> {
        self.0.checkpoint()
    }

    async fn transaction(&self) -> Result<TenantTx, StepError> {
        self.0.fenced().await
    }

    async fn save(&self, tx: TenantTx, checkpoint: &Checkpoint) -> Result<(), StepError> {
        self.0.save_checkpoint(tx, checkpoint).await
    }

    fn progress(&self, done: u64, total: u64, bytes: u64) {
        let progress = self.0.progress();
        progress.rows_total(total);
        progress.rows_done(done);
        progress.bytes(bytes);
    }
}
