//! Step `load_shard`: one day of one property, from the warehouse to committed facts.

use chrono::NaiveDate;
use common::jobs::{NewStep, StepContext, StepDone, StepError, StepKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::attempt::Leased;
use crate::app::open_warehouse::Ingestion;
use crate::app::replace_day::{Swapped, open_beside, replace_day};
use crate::app::stage_day::{Staged, stage_best};
use crate::domain::shard::{Shard, ShardKind};

/// Which day to load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadShardPayload {
    pub property_id: i64,
    pub date: NaiveDate,
    pub kind: ShardKind,
}

impl LoadShardPayload {
    #[must_use]
    pub fn new(property_id: i64, shard: &Shard) -> Self {
        Self { property_id, date: shard.date, kind: shard.kind }
    }

    fn shard(&self) -> Shard {
        Shard { date: self.date, kind: self.kind }
    }

    /// The step that loads this day.
    #[must_use]
    pub fn step(&self) -> NewStep {
        let name = format!("{} of property {}", self.date, self.property_id);
        NewStep::new(LoadShard::KIND)
            .key(format!("{} {name}", LoadShard::KIND))
            .label(format!("Load {name}"))
            .payload(json!(self))
    }
}

/// The step kind.
#[derive(Debug)]
pub struct LoadShard(pub Ingestion);

impl LoadShard {
    pub const KIND: &str = "load_shard";
}

#[async_trait::async_trait]
impl StepKind for LoadShard {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let payload: LoadShardPayload = context.payload()?;
        let source = self.0.source(context.scope()).await?;
        let rules = source.rules(payload.property_id)?;
        let warehouse = self.0.warehouse(&source, payload.property_id, context.job_id()).await?;
        context.progress().phase("reading");
        let attempt =
            Leased { context, ingestion: &self.0, limits: source.cost_limits(&self.0.bigquery) };
        let shard = payload.shard();
        let staging = stage_best(warehouse.as_ref(), &rules, &shard, &attempt);
        let stopped = context.cancelled();
        let staged = tokio::select! {
            biased;
            staged = staging => staged?,
            () = stopped.cancelled() => {
                if context.unwanted() {
                    warehouse.abandon().await;
                }
                return Err(StepError::Stopped);
            }
        };
        context.progress().phase("replacing the day");
        // Opened first: whoever has the transaction of the effect waits for no other.
        let beside = open_beside(&self.0.db, context.scope()).await?;
        let mut tx = context.fenced().await?;
        let swapped = replace_day(&mut tx, beside, &staged.day).await?;
        let rejects = staged.day.rejected_rows > 0;
        let outcome = outcome(&staged, &swapped);
        Ok(StepDone { rejects, ..StepDone::with_tx(tx, outcome) })
    }
}

fn outcome(staged: &Staged, swapped: &Swapped) -> Value {
    let mut outcome = json!({
        "rows": staged.day.staged_rows,
        "rejected_rows": staged.day.rejected_rows,
        "reject_reasons": staged.reject_reasons,
        "warnings": staged.notes.warnings(),
        "duplicate_params": staged.notes.duplicate_params,
        "bytes": staged.bytes,
    });
    if staged.billed_bytes > 0 {
        outcome["billed_bytes"] = json!(staged.billed_bytes);
    }
    if staged.resumed_from > 0 {
        outcome["resumed_from_row"] = json!(staged.resumed_from);
    }
    if let Some(reason) = staged.discarded {
        outcome["checkpoint_discarded"] = json!(reason);
    }
    match swapped {
        Swapped::Unchanged => outcome["unchanged"] = json!(true),
        Swapped::Replaced { counts, version, repaired } => {
            outcome["loaded_rows"] = json!(counts.loaded);
            outcome["collapsed_rows"] = json!(counts.collapsed);
            outcome["version"] = json!(version);
            outcome["repaired_days"] = json!(repaired);
        }
    }
    outcome
}
