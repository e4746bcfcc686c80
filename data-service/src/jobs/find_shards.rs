//! Step `find_shards`: looks which days changed at the source and adds a step for each.

use chrono::NaiveDate;
use common::jobs::{StepContext, StepDone, StepError, StepKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::LoadShardPayload;
use crate::app::find_changed::{Window, find_changed};
use crate::app::open_warehouse::{Ingestion, Source};
use crate::store::property;

/// What to look at; absent bounds and an empty list mean everything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindShardsPayload {
    pub properties: Vec<i64>,
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
    /// Reads days again that did not change at the source.
    pub reload: bool,
}

/// The step kind.
#[derive(Debug)]
pub struct FindShards(pub Ingestion);

impl FindShards {
    pub const KIND: &str = "find_shards";

    async fn follow_configuration(
        &self,
        context: &StepContext,
        source: &Source,
        property_id: i64,
    ) -> Result<(), StepError> {
        let mut tx = self.0.db.tenant(context.scope()).await?;
        for row in source.rows(property_id) {
            property::upsert(&mut tx, &row).await?;
        }
        Ok(tx.commit().await?)
    }
}

#[async_trait::async_trait]
impl StepKind for FindShards {
    fn kind(&self) -> &'static str {
        Self::KIND
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let payload: FindShardsPayload = context.payload()?;
        let source = self.0.source(context.scope()).await?;
        let properties = match payload.properties.as_slice() {
            [] => source.properties(),
            chosen => chosen.to_vec(),
        };
        context.progress().phase("looking for changed days");
        let (mut steps, mut unchanged, mut odd_names) = (Vec::new(), 0, 0);
        for property_id in properties {
            context.check()?;
            let rules = source.rules(property_id)?;
            self.follow_configuration(context, &source, property_id).await?;
            let warehouse = self.0.warehouse(&source, property_id).await?;
            let window = Window { first: payload.first, last: payload.last };
            let found = find_changed(
                &self.0.db,
                context.scope(),
                &warehouse,
                property_id,
                &rules.dataset,
                window,
                payload.reload,
            )
            .await?;
            unchanged += found.unchanged;
            odd_names += found.odd_names;
            steps.extend(
                found.changed.iter().map(|shard| LoadShardPayload::new(property_id, shard).step()),
            );
        }
        let outcome = json!({
            "changed_days": steps.len(),
            "unchanged_days": unchanged,
            "ignored_table_names": odd_names,
        });
        Ok(StepDone { outcome, new_steps: steps, ..StepDone::default() })
    }
}
