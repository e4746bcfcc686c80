//! What loading the last months would take, told before it is done.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use common::kernel::TenantScope;
use common::tenant_config::Reading;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{AT_ONCE, PATIENCE};
use crate::adapters::bigquery::{
    BigQueryWarehouse, PageRequest, QueryWarehouse, Warehouse, WarehouseError,
};
use crate::app::open_warehouse::{Ingestion, OpenError, Project, Source};
use crate::domain::event::{EventDecoder, IdentityKeys};
use crate::domain::shard::{Shard, ShardKind, TableName, parse};
use crate::store::shard;

/// Tables that are looked at; more days are estimated from as many, evenly chosen.
const SAMPLED: usize = 24;

/// What a back-fill of one property would take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackfillEstimate {
    pub property_id: i64,
    pub dataset: String,
    /// How rows are read.
    pub reading: Reading,
    /// Oldest and newest day to load.
    pub first: Option<NaiveDate>,
    pub last: Option<NaiveDate>,
    /// Days to load: those of the months that have a daily table.
    pub days: usize,
    /// Days of the months that are loaded already, and are left out.
    pub loaded_days: usize,
    /// Tables that were looked at; the sums are exact when it is all of them.
    pub sampled_days: usize,
    pub rows: u64,
    /// Size of the tables.
    pub bytes: u64,
    /// Bytes that BigQuery would bill.
    pub billed_bytes: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    rows: u64,
    bytes: u64,
    billed: u64,
}

/// The first day of the last `months` before `today`.
#[must_use]
pub fn window(today: NaiveDate, months: u32) -> NaiveDate {
    today.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN)
}

/// Of `properties`, or of all that are configured.
///
/// # Errors
/// When there is no connection, a property is not configured, or BigQuery refuses or does not answer.
pub async fn estimate(
    ingestion: &Ingestion,
    scope: &TenantScope,
    source: &Source,
    properties: &[i64],
    months: u32,
) -> Result<Vec<BackfillEstimate>, OpenError> {
    let all = source.properties();
    let properties = if properties.is_empty() { all.as_slice() } else { properties };
    let first = window(ingestion.clock.now().date_naive(), months);
    let mut estimates = Vec::with_capacity(properties.len());
    for &property_id in properties {
        let project = ingestion.project_of(source, property_id).await?;
        let project = project.until(ingestion.clock.now() + PATIENCE);
        let dataset = source.rules(property_id)?.dataset;
        let mut tx = ingestion.db.tenant(scope).await?;
        let known = shard::list(&mut tx, property_id).await?;
        drop(tx);
        let loaded: BTreeSet<NaiveDate> =
            known.iter().filter(|row| row.complete()).map(|row| row.date).collect();
        let tables = project.tables.list_tables(&dataset).await?;
        let (present, days): (Vec<Shard>, Vec<Shard>) = tables
            .iter()
            .filter_map(|name| daily(name))
            .filter(|shard| first <= shard.date)
            .partition(|shard| loaded.contains(&shard.date));
        let reading = source.reading();
        let sampled = sample(&days);
        let total: Size = stream::iter(sampled.clone())
            .map(|shard| size(&project, &dataset, shard, reading))
            .buffered(AT_ONCE)
            .try_fold(Size::default(), async |sum, size| Ok(sum.with(size)))
            .await?
            .scaled(days.len(), sampled.len());
        estimates.push(BackfillEstimate {
            property_id,
            dataset,
            reading,
            first: days.iter().map(|shard| shard.date).min(),
            last: days.iter().map(|shard| shard.date).max(),
            days: days.len(),
            loaded_days: present.len(),
            sampled_days: sampled.len(),
            rows: total.rows,
            bytes: total.bytes,
            billed_bytes: total.billed,
        });
    }
    Ok(estimates)
}

impl Size {
    fn with(self, other: Self) -> Self {
        Self {
            rows: self.rows.saturating_add(other.rows),
            bytes: self.bytes.saturating_add(other.bytes),
            billed: self.billed.saturating_add(other.billed),
        }
    }

    fn scaled(self, days: usize, sampled: usize) -> Self {
        let scale = |sum: u64| {
            let scaled = u128::from(sum) * days as u128 / sampled.max(1) as u128;
            u64::try_from(scaled).unwrap_or(u64::MAX)
        };
        Self { rows: scale(self.rows), bytes: scale(self.bytes), billed: scale(self.billed) }
    }
}

async fn size(
    project: &Project,
    dataset: &str,
    shard: Shard,
    reading: Reading,
) -> Result<Size, WarehouseError> {
    let tables: &BigQueryWarehouse = &project.tables;
    let meta = tables.table(dataset, &shard.table()).await?;
    let billed = match reading {
        Reading::List => 0,
        Reading::Query => {
            let decoder = EventDecoder::selecting(&meta.schema, IdentityKeys::default());
            let fields =
                decoder.ok().and_then(|decoder| decoder.selected_fields().map(str::to_owned));
            let request = PageRequest {
                dataset: dataset.to_owned(),
                table: shard.table(),
                selected_fields: fields,
                day: Some(shard.date),
                ..PageRequest::default()
            };
            QueryWarehouse::new(tables.clone(), project.queries.clone()).estimate(&request).await?
        }
    };
    Ok(Size { rows: meta.num_rows, bytes: meta.num_bytes, billed })
}

fn daily(table: &str) -> Option<Shard> {
    match parse(table) {
        TableName::Shard(shard) if shard.kind == ShardKind::Daily => Some(shard),
        _ => None,
    }
}

/// At most [`SAMPLED`] of them, evenly chosen.
fn sample(days: &[Shard]) -> Vec<Shard> {
    let taken = days.len().min(SAMPLED);
    (0..taken).map(|index| days[index * days.len() / taken].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: u64) -> Vec<Shard> {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let day = |n| Shard { date: first + chrono::Days::new(n), kind: ShardKind::Daily };
        (0..count).map(day).collect()
    }

    #[test]
    fn few_days_are_looked_at_and_many_are_sampled_evenly() {
        assert_eq!(sample(&[]), []);
        assert_eq!(sample(&days(24)), days(24));
        let sampled = sample(&days(365));
        assert_eq!(sampled.len(), SAMPLED);
        assert!(
            sampled
                .windows(2)
                .all(|pair| (15..=16).contains(&(pair[1].date - pair[0].date).num_days()))
        );
    }

    #[test]
    fn sums_of_a_sample_stand_for_all() {
        let size = Size { rows: 24, bytes: 48, billed: 10 };
        let scaled = size.scaled(48, 24);
        assert_eq!((scaled.rows, scaled.bytes, scaled.billed), (48, 96, 20));
        assert_eq!(Size::default().scaled(0, 0).rows, 0);
    }

    #[test]
    fn months_end_where_the_calendar_says() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(window(day("2026-03-31"), 1), day("2026-02-28"));
        assert_eq!(window(day("2026-11-20"), 13), day("2025-10-20"));
    }
}
