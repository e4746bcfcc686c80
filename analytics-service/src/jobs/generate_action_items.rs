//! Step `generate_action_items`: makes the items that follow from what was loaded, and skips those whose cause is gone.

use async_trait::async_trait;
use common::jobs::{ErrorCode, StepContext, StepDone, StepError, StepKind};
use common::kernel::SharedClock;
use serde_json::json;

use super::ACTOR;
use crate::app::action_items::Generation;
use crate::app::stats::StatsError;
use crate::domain::action_item::Cause;

/// Of a nightly job, between the loads and the reports.
#[derive(Debug)]
pub struct GenerateActionItemsStep(pub SharedClock);

#[async_trait]
impl StepKind for GenerateActionItemsStep {
    fn kind(&self) -> &'static str {
        "generate_action_items"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let cause = Cause {
            actor: ACTOR.to_owned(),
            job_id: Some(context.job_id()),
            step_id: Some(context.step_id()),
        };
        let mut generation: Generation = context.checkpoint()?.unwrap_or_default();
        loop {
            context.progress().phase(generation.phase());
            let mut tx = context.fenced().await?;
            generation.advance(&mut tx, &cause, self.0.now()).await.map_err(failed)?;
            context.progress().rows_done(generation.looked_at);
            if generation.ended() {
                return Ok(StepDone::with_tx(tx, outcome(&generation)));
            }
            context.save_checkpoint(tx, &generation).await?;
        }
    }
}

fn outcome(generation: &Generation) -> serde_json::Value {
    json!({
        "created": generation.created,
        "skipped": generation.skipped,
        "unchanged": generation.unchanged,
    })
}

fn failed(error: StatsError) -> StepError {
    match error {
        StatsError::Db(error) => error.into(),
        other => StepError::permanent(
            ErrorCode::InternalError,
            "the carts of the tenant cannot be looked at",
        )
        .with_detail(other),
    }
}
