//! A leased step as an attempt at loading a day.

use async_trait::async_trait;
use common::db::TenantTx;
use common::jobs::{StepContext, StepError};
use common::kernel::{LoadId, StepId};

use crate::app::checkpoint::Checkpoint;
use crate::app::open_warehouse::Ingestion;
use crate::app::query_cost::{self, AffordError, CostLimits};
use crate::app::stage_day::{Attempt, StageError};

/// Rows and checkpoint are committed under the step's lease.
#[derive(Debug)]
pub(super) struct Leased<'a> {
    pub context: &'a StepContext,
    pub ingestion: &'a Ingestion,
    pub limits: CostLimits,
}

#[async_trait]
impl Attempt for Leased<'_> {
    fn step(&self) -> StepId {
        self.context.step_id()
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, StepError> {
        self.context.checkpoint()
    }

    async fn transaction(&self) -> Result<TenantTx, StepError> {
        self.context.fenced().await
    }

    async fn unfenced(&self) -> Result<TenantTx, StepError> {
        self.context.check()?;
        Ok(self.ingestion.db.tenant(self.context.scope()).await?)
    }

    async fn save(&self, tx: TenantTx, checkpoint: &Checkpoint) -> Result<(), StepError> {
        self.context.save_checkpoint(tx, checkpoint).await
    }

    async fn afford(&self, load: LoadId, estimate: u64) -> Result<u64, StageError> {
        let Self { context, ingestion, limits } = self;
        let now = ingestion.clock.now();
        let granted = limits.afford(&ingestion.db, context.scope(), load, estimate, now).await;
        granted.map_err(|error| match error {
            AffordError::Limit(limit) => limit.into(),
            AffordError::Db(error) => error.into(),
        })
    }

    async fn billed(&self, load: LoadId, bytes: u64) -> Result<(), StageError> {
        Ok(query_cost::billed(&self.ingestion.db, self.context.scope(), load, bytes).await?)
    }

    fn progress(&self, done: u64, total: u64, bytes: u64) {
        let progress = self.context.progress();
        progress.rows_total(total);
        progress.rows_done(done);
        progress.bytes(bytes);
    }
}
