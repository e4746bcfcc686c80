//! Step `find_shards`: looks which days changed at the source and adds a step for each. A property that refuses, while others
//! can be looked at, is left to a step of its own.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use common::jobs::{
    Class, ErrorCode, MAX_ADDED_STEPS, NewStep, StepContext, StepDone, StepError, StepKind,
    SubmitError,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::LoadShardPayload;
use crate::app::daily_missing;
use crate::app::find_changed::{Depth, Found, Look, Window, find_changed};
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

    /// The same look at one property, whose failure is that step's alone.
    fn alone(&self, property_id: i64) -> NewStep {
        let alone = Self { properties: vec![property_id], ..self.clone() };
        NewStep::new(FindShards::KIND)
            .key(format!("{} {property_id}", FindShards::KIND))
            .label(format!("find changed days of property {property_id}"))
            .payload(json!(alone))
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

    async fn look(
        &self,
        context: &StepContext,
        source: &Source,
        payload: &FindShardsPayload,
        property_id: i64,
        now: DateTime<Utc>,
    ) -> Result<Looked, StepError> {
        let rules = source.rules(property_id)?;
        self.follow_configuration(context, source, property_id).await?;
        let warehouse = self.0.tables(source, property_id).await?;
        let mut tx = self.0.db.tenant(context.scope()).await?;
        let due = now - COMPARE_ALL_AFTER;
        let compared_at = property::compared_all_at(&mut tx, property_id).await?;
        drop(tx);
        let depth = payload.depth(compared_at.is_some_and(|at| at > due));
        let look = Look {
            property_id,
            dataset: &rules.dataset,
            window: Window { first: payload.first, last: payload.last },
            depth,
            looked: &|| context.progress().phase(LOOKING),
        };
        let found = find_changed(&self.0.db, context.scope(), &warehouse, look).await?;
        let today = source.today(property_id, now)?;
        let overdue = found.without_daily.iter().copied();
        let overdue = overdue.filter(|day| complete_table_overdue(*day, today)).collect();
        let compared_all = depth != Depth::Recent && payload.whole();
        Ok(Looked { property_id, found, overdue, compared_all })
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
        let now = self.0.clock.now();
        let (mut looked, mut refused) = (Vec::new(), Vec::new());
        for property_id in properties {
            context.check()?;
            match self.look(context, &source, &payload, property_id, now).await {
                Ok(one) => looked.push(one),
                Err(error) if lasting(&error) => refused.push((property_id, error)),
                Err(error) => return Err(error),
            }
        }
        // When none could be looked at, it is nothing of one property.
        if looked.is_empty() && !refused.is_empty() {
            return Err(refused.swap_remove(0).1);
        }
        let refused: Vec<i64> = refused.into_iter().map(|(property_id, _)| property_id).collect();
        let mut loads: Vec<LoadShardPayload> = looked.iter().flat_map(Looked::loads).collect();
        let left = newest(&mut loads, MAX_ADDED_STEPS.saturating_sub(refused.len()));
        let outcome = outcome(&looked, loads.len(), left, &refused);
        let mut steps: Vec<NewStep> = loads.iter().map(LoadShardPayload::step).collect();
        steps.extend(refused.iter().map(|property_id| payload.alone(*property_id)));

        let mut tx = context.fenced().await?;
        // The property before its days, as a load writes them.
        let looked_at: Vec<i64> = looked.iter().map(|one| one.property_id).collect();
        property::looked_at(&mut tx, &looked_at).await?;
        // When days are left, the next look finds them, as long as it does not take the old days for compared.
        let compared = looked.iter().filter(|one| one.compared_all && left == 0);
        let compared: Vec<i64> = compared.map(|one| one.property_id).collect();
        property::compared_all(&mut tx, &compared, now).await?;
        for Looked { property_id, found, .. } in &looked {
            let dates: Vec<NaiveDate> = found.changed.iter().map(|shard| shard.date).collect();
            shard::outdated(&mut tx, *property_id, &dates).await?;
        }
        for Looked { property_id, overdue, .. } in &looked {
            daily_missing::note(&mut tx, *property_id, overdue, now).await.map_err(unsent)?;
        }
        Ok(StepDone { new_steps: steps, ..StepDone::with_tx(tx, outcome) })
    }
}

/// What a look at one property found.
struct Looked {
    property_id: i64,
    found: Found,
    /// Days whose complete table should be there by now.
    overdue: Vec<NaiveDate>,
    /// Every day was compared with the source.
    compared_all: bool,
}

impl Looked {
    fn loads(&self) -> impl Iterator<Item = LoadShardPayload> {
        self.found.changed.iter().map(move |shard| LoadShardPayload::new(self.property_id, shard))
    }
}

fn outcome(looked: &[Looked], loads: usize, left: usize, refused: &[i64]) -> Value {
    let sum = |of: fn(&Looked) -> usize| looked.iter().map(of).sum::<usize>();
    let mut outcome = json!({
        "changed_days": loads + left,
        "days_left_for_the_next_look": left,
        "unchanged_days": sum(|one| one.found.unchanged),
        "not_compared_days": sum(|one| one.found.not_compared),
        "ignored_table_names": sum(|one| one.found.odd_names),
        "daily_missing_days": sum(|one| one.overdue.len()),
    });
    if !refused.is_empty() {
        outcome["refused_properties"] = json!(refused);
    }
    outcome
}

/// Whether it will be the same tomorrow, so that other properties need not wait for it.
fn lasting(error: &StepError) -> bool {
    matches!(error, StepError::Failed(failure) if failure.class != Class::Transient)
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
