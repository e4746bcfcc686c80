//! `GET /source-datasets`.

use chrono::NaiveDate;
use common::auth::Authenticated;
use common::http::ApiResult;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use crate::app::first_connect::{Discovered, Rights, discover};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListSourceDatasets(pub State);

#[derive(Debug, Object)]
pub struct SourceDatasetList {
    pub datasets: Vec<SourceDataset>,
}

/// A dataset that holds a GA4 export, or that the configuration names.
#[derive(Debug, Object)]
pub struct SourceDataset {
    pub project: String,
    pub dataset: String,
    /// Such as `EU`, when BigQuery tells.
    pub location: Option<String>,
    /// The GA4 property whose export a dataset of this name holds.
    pub property_id: Option<i64>,
    /// Whether a property of the configuration lies here.
    pub configured: bool,
    /// Days with a table.
    pub days: u32,
    pub first_day: Option<NaiveDate>,
    pub last_day: Option<NaiveDate>,
    pub rights: SourceRights,
}

/// What the service account may do, as far as it was tried: rows and queries only where there are days.
#[derive(Debug, Object)]
pub struct SourceRights {
    pub list_tables: bool,
    pub read_rows: bool,
    /// Needed when rows are to be queried, not when they are listed.
    pub run_queries: bool,
}

#[OpenApi(tag = "Tag::FirstConnect")]
impl ListSourceDatasets {
    /// List the datasets that the key sees
    ///
    /// Asks BigQuery, with the connection as it is stored; costs nothing there and takes up to 20 s.
    #[oai(path = "/source-datasets", method = "get", operation_id = "list_source_datasets")]
    async fn list(&self, caller: Authenticated) -> ApiResult<Json<SourceDatasetList>> {
        let ingestion = &self.0.ingestion;
        let source = ingestion.source(&caller.0.scope).await?;
        let found = discover(ingestion, &source).await?;
        Ok(Json(SourceDatasetList { datasets: found.into_iter().map(From::from).collect() }))
    }
}

impl From<Discovered> for SourceDataset {
    fn from(found: Discovered) -> Self {
        let Rights { list_tables, read_rows, run_queries } = found.rights;
        Self {
            project: found.project,
            dataset: found.dataset,
            location: found.location,
            property_id: found.property_id,
            configured: found.configured,
            days: u32::try_from(found.days).unwrap_or(u32::MAX),
            first_day: found.first_day,
            last_day: found.last_day,
            rights: SourceRights { list_tables, read_rows, run_queries },
        }
    }
}
