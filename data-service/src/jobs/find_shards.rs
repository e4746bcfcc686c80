//! Step `find_shards`: looks which days changed at the source and adds a step for each.

use chrono::{NaiveDate, TimeDelta};
use common::jobs::{
    ErrorCode, MAX_ADDED_STEPS, NewStep, StepContext, StepDone, StepError, StepKind, SubmitError,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::LoadShardPayload;
use crate::app::daily_missing;
use crate::app::find_changed::{Depth, Look, Window, find_changed};
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

const LOOKING: &str = "looking for changed days";
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
        context.progress().phase(LOOKING);
        let (mut loads, mut unchanged, mut not_compared, mut odd_names) = (Vec::new(), 0, 0, 0);
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
            let look = Look {
                property_id,
                dataset: &rules.dataset,
                window,
                depth,
                looked: &|| context.progress().phase(LOOKING),
            };
            let found = find_changed(&self.0.db, context.scope(), &warehouse, look).await?;
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
            loads.extend(
                found.changed.iter().map(|shard| LoadShardPayload::new(property_id, shard)),
            );
        }
        let left = newest(&mut loads, MAX_ADDED_STEPS);
        if left > 0 {
            // The next look finds them, as long as it does not take the old days for compared.
            compared.clear();
        }
        let steps: Vec<NewStep> = loads.iter().map(LoadShardPayload::step).collect();
        let outcome = json!({
            "changed_days": steps.len() + left,
            "days_left_for_the_next_look": left,
            "unchanged_days": unchanged,
            "not_compared_days": not_compared,
            "ignored_table_names": odd_names,
            "daily_missing_days": missing.iter().map(|(_, days)| days.len()).sum::<usize>(),
        });
        let mut tx = context.fenced().await?;
        // The property before its days, as a load writes them.
        let looked_at: Vec<i64> = outdated.iter().map(|(property_id, _)| *property_id).collect();
        property::looked_at(&mut tx, &looked_at).await?;
        property::compared_all(&mut tx, &compared, now).await?;
        for (property_id, dates) in &outdated {
            shard::outdated(&mut tx, *property_id, dates).await?;
        }
        for (property_id, days) in &missing {
            daily_missing::note(&mut tx, *property_id, days, now).await.map_err(unsent)?;
        }
        Ok(StepDone { new_steps: steps, ..StepDone::with_tx(tx, outcome) })
    }
}

/// Leaves the newest days, as many as fit into a job, in their order; answers how many were left out.
fn newest(loads: &mut Vec<LoadShardPayload>, most: usize) -> usize {
    let left = loads.len().saturating_sub(most);
    loads.sort_by_key(|load| load.date);
    loads.drain(..left);
    left
}

fn unsent(error: SubmitError) -> StepError {
    match error {
        SubmitError::Db(error) => error.into(),
        SubmitError::Graph(error) => {
            StepError::permanent(ErrorCode::InternalError, "the alert is no job").with_detail(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::shard::{Shard, ShardKind};

    #[test]
    fn the_newest_days_fit_and_the_others_are_counted() {
        let day = |days: u32| NaiveDate::from_num_days_from_ce_opt(740_000 + days as i32).unwrap();
        let loads = || -> Vec<LoadShardPayload> {
            let shard = |date| Shard { date, kind: ShardKind::Daily };
            let of =
                |property| (0..10).map(move |at| LoadShardPayload::new(property, &shard(day(at))));
            of(1).chain(of(2)).collect()
        };
        for most in 0..=21 {
            let mut kept = loads();
            assert_eq!(newest(&mut kept, most), 20_usize.saturating_sub(most));
            assert_eq!(kept.len(), most.min(20));
            assert!(kept.is_sorted_by_key(|load| load.date), "oldest first");
            let days = |loads: &[LoadShardPayload]| {
                let mut days: Vec<NaiveDate> = loads.iter().map(|load| load.date).collect();
                days.sort_unstable();
                days
            };
            assert!(days(&loads()).ends_with(&days(&kept)), "{most}");
        }
    }
}
