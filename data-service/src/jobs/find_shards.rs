//! Step `find_shards`: looks which days changed at the source and adds a step for each.

use chrono::{NaiveDate, TimeDelta};
use common::jobs::{ErrorCode, StepContext, StepDone, StepError, StepKind, SubmitError};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::LoadShardPayload;
use crate::app::daily_missing;
use crate::app::find_changed::{Depth, Window, find_changed};
use crate::app::open_warehouse::{Ingestion, Source};
use crate::domain::shard::complete_table_overdue;
use crate::store::{property, shard};

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

impl FindShardsPayload {
    /// A range that somebody asks for is compared as a whole.
    fn depth(&self, compared_all: bool) -> Depth {
        match (self.reload, self.whole()) {
            (true, _) => Depth::Reload,
            (false, true) if compared_all => Depth::Recent,
            (false, _) => Depth::All,
        }
    }

    fn whole(&self) -> bool {
        self.first.is_none() && self.last.is_none()
    }
}

/// After this time the old days are compared with the source again.
const COMPARE_ALL_AFTER: TimeDelta = TimeDelta::days(7);

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
        let (mut steps, mut unchanged, mut not_compared, mut odd_names) = (Vec::new(), 0, 0, 0);
        let (mut compared, mut outdated) = (Vec::new(), Vec::new());
        let (mut missing, now) = (Vec::new(), self.0.clock.now());
        for property_id in properties {
            context.check()?;
            let rules = source.rules(property_id)?;
            self.follow_configuration(context, &source, property_id).await?;
            let warehouse = self.0.tables(&source, property_id).await?;
            let window = Window { first: payload.first, last: payload.last };
            let mut tx = self.0.db.tenant(context.scope()).await?;
            let due = now - COMPARE_ALL_AFTER;
            let compared_all = property::compared_all_at(&mut tx, property_id).await?;
            drop(tx);
            let depth = payload.depth(compared_all.is_some_and(|at| at > due));
            let found = find_changed(
                &self.0.db,
                context.scope(),
                &warehouse,
                property_id,
                &rules.dataset,
                window,
                depth,
            )
            .await?;
            let today = source.today(property_id, now)?;
            let mut days = found.without_daily;
            days.retain(|day| complete_table_overdue(*day, today));
            missing.push((property_id, days));
            unchanged += found.unchanged;
            not_compared += found.not_compared;
            odd_names += found.odd_names;
            if depth != Depth::Recent && payload.whole() {
                compared.push(property_id);
            }
            let dates: Vec<NaiveDate> = found.changed.iter().map(|shard| shard.date).collect();
            outdated.push((property_id, dates));
            steps.extend(
                found.changed.iter().map(|shard| LoadShardPayload::new(property_id, shard).step()),
            );
        }
        let outcome = json!({
            "changed_days": steps.len(),
            "unchanged_days": unchanged,
            "not_compared_days": not_compared,
            "ignored_table_names": odd_names,
            "daily_missing_days": missing.iter().map(|(_, days)| days.len()).sum::<usize>(),
        });
        let mut tx = context.fenced().await?;
        for (property_id, dates) in &outdated {
            shard::outdated(&mut tx, *property_id, dates).await?;
        }
        let looked_at: Vec<i64> = outdated.iter().map(|(property_id, _)| *property_id).collect();
        property::looked_at(&mut tx, &looked_at).await?;
        property::compared_all(&mut tx, &compared, now).await?;
        for (property_id, days) in &missing {
            daily_missing::note(&mut tx, *property_id, days, now).await.map_err(unsent)?;
        }
        Ok(StepDone { new_steps: steps, ..StepDone::with_tx(tx, outcome) })
    }
}

fn unsent(error: SubmitError) -> StepError {
    match error {
        SubmitError::Db(error) => error.into(),
        SubmitError::Graph(error) => {
            StepError::permanent(ErrorCode::InternalError, "the alert is no job").with_detail(error)
        }
    }
}
