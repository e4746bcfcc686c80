//! Which datasets the key sees, which of them are exports, and what may be done with them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{AT_ONCE, PATIENCE};
use crate::adapters::bigquery::{
    ErrorClass, PageRequest, QueryWarehouse, Warehouse, WarehouseError,
};
use crate::app::open_warehouse::{Ingestion, OpenError, Project, Source};
use crate::domain::shard::{Shard, TableName, parse};

/// A dataset that holds an export, or that the tenant's configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    pub project: String,
    pub dataset: String,
    /// Such as `EU`, when BigQuery tells.
    pub location: Option<String>,
    /// The property whose export a dataset of this name holds.
    pub property_id: Option<i64>,
    /// Whether a property of the configuration lies here.
    pub configured: bool,
    /// Days with a table.
    pub days: usize,
    pub first_day: Option<NaiveDate>,
    pub last_day: Option<NaiveDate>,
    pub rights: Rights,
}

/// What the service account may do, as far as it was tried; nothing is tried on a dataset without days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights {
    pub list_tables: bool,
    pub read_rows: bool,
    pub run_queries: bool,
}

/// # Errors
/// When there is no connection, or BigQuery does not answer.
pub async fn discover(
    ingestion: &Ingestion,
    source: &Source,
) -> Result<Vec<Discovered>, OpenError> {
    let mut found = Vec::new();
    for project in ingestion.projects(source).await? {
        let project = project.until(ingestion.clock.now() + PATIENCE);
        // Rights may be given on a dataset alone; the project then lists nothing.
        let listed = permitted(project.tables.list_datasets().await)?.unwrap_or_default();
        let mut datasets: BTreeMap<String, Option<String>> =
            listed.into_iter().map(|seen| (seen.dataset, Some(seen.location))).collect();
        for configured in &project.datasets {
            datasets.entry(configured.clone()).or_default();
        }
        let looked: Vec<Option<Discovered>> = stream::iter(datasets)
            .map(|(dataset, location)| look(&project, dataset, location))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        found.extend(looked.into_iter().flatten());
    }
    Ok(found)
}

async fn look(
    project: &Project,
    dataset: String,
    location: Option<String>,
) -> Result<Option<Discovered>, WarehouseError> {
    let tables = permitted(project.tables.list_tables(&dataset).await)?;
    let mut days: Vec<Shard> = tables.iter().flatten().filter_map(|name| shard(name)).collect();
    days.sort_unstable();
    let configured = project.datasets.contains(&dataset);
    let Some(newest) = days.last() else {
        let rights = Rights { list_tables: tables.is_some(), ..Rights::default() };
        let property_id = property_of(&dataset);
        return Ok(configured.then(|| Discovered {
            project: project.name.clone(),
            dataset,
            location,
            property_id,
            configured,
            days: 0,
            first_day: None,
            last_day: None,
            rights,
        }));
    };
    let one_row = PageRequest {
        dataset: dataset.clone(),
        table: newest.table(),
        max_rows: Some(1),
        ..PageRequest::default()
    };
    let row = project.tables.pages(one_row.clone()).next().await;
    let querying = QueryWarehouse::new(project.tables.clone(), project.queries.clone());
    let judged = permitted(querying.estimate(&one_row).await)?;
    let mut dates: Vec<NaiveDate> = days.iter().map(|shard| shard.date).collect();
    dates.dedup();
    Ok(Some(Discovered {
        project: project.name.clone(),
        location,
        property_id: property_of(&dataset),
        dataset,
        configured,
        days: dates.len(),
        first_day: dates.first().copied(),
        last_day: dates.last().copied(),
        rights: Rights {
            list_tables: true,
            read_rows: row.map(permitted).transpose()?.flatten().is_some(),
            run_queries: judged.is_some(),
        },
    }))
}

/// None when it was refused, rather than not answered.
fn permitted<T>(result: Result<T, WarehouseError>) -> Result<Option<T>, WarehouseError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class == ErrorClass::Permanent => Ok(None),
        Err(error) => Err(error),
    }
}

fn shard(table: &str) -> Option<Shard> {
    match parse(table) {
        TableName::Shard(shard) => Some(shard),
        TableName::Odd | TableName::Other => None,
    }
}

/// The export names its dataset after the property.
fn property_of(dataset: &str) -> Option<i64> {
    let number = dataset.strip_prefix("analytics_")?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_names_its_property() {
        assert_eq!(property_of("analytics_123456789"), Some(123_456_789));
        for name in ["analytics_", "analytics_+1", "analytics_1x", "sales_1", "analytics_ 1"] {
            assert_eq!(property_of(name), None, "{name}");
        }
    }
}
