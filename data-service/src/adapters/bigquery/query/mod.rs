//! Reading a table by a query that names the columns an event needs: BigQuery bills those columns, and sends nothing else.
//!
//! A query is a job under an id of our own, made from the name of the reading. Whoever asks again for the same reading, after
//! a lost answer or after a worker died, finds the job instead of paying for another.

mod job;
mod run;
mod text;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::TimeDelta;
use common::kernel::LoadId;
use common::tenant_config::Reading;

use super::client::{Request, milliseconds};
use super::error::WarehouseError;
use super::pages::{PageRequest, PageStream};
use super::settings::BigQuerySettings;
use super::table::{DatasetAnswer, TableMeta};
use super::{BigQueryWarehouse, Warehouse};
use job::JobAnswer;
use run::Querying;

/// A step that is cancelled has two seconds to stop.
const ABANDON_WITHIN: TimeDelta = TimeDelta::milliseconds(1_500);

/// How queries are made for a tenant.
#[derive(Debug, Clone, Default)]
pub struct QuerySettings {
    /// Where the datasets lie, such as `EU`; asked for when not given.
    pub location: Option<String>,
    /// What the jobs are found by in the tenant's own console.
    pub labels: BTreeMap<String, String>,
    /// No query is billed more bytes.
    pub max_bytes_billed: u64,
    /// Limit for one query from its start to its first row, in milliseconds.
    pub deadline_ms: u64,
}

/// The tables of a [`BigQueryWarehouse`], whose rows are queried. Cheap to clone.
#[derive(Debug, Clone)]
pub struct QueryWarehouse {
    tables: BigQueryWarehouse,
    settings: Arc<QuerySettings>,
    running: Running,
}

/// Names of the jobs that were begun and not seen to end, with their locations.
#[derive(Debug, Clone, Default)]
struct Running(Arc<Mutex<BTreeMap<String, String>>>);

impl Running {
    fn begun(&self, job: &str, location: &str) {
        self.locked().insert(job.to_owned(), location.to_owned());
    }

    fn ended(&self, job: &str) {
        self.locked().remove(job);
    }

    fn take(&self) -> BTreeMap<String, String> {
        std::mem::take(&mut *self.locked())
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        // A map of names is whole whatever panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueryWarehouse {
    /// The token source behind `tables` must be one for jobs.
    #[must_use]
    pub fn new(tables: BigQueryWarehouse, settings: QuerySettings) -> Self {
        Self { tables, settings: Arc::new(settings), running: Running::default() }
    }

    async fn location(&self, dataset: &str) -> Result<String, WarehouseError> {
        if let Some(location) = &self.settings.location {
            return Ok(location.clone());
        }
        let client = &self.tables.client;
        let answer: DatasetAnswer =
            client.json(&Request::get(client.url(&["datasets", dataset])?)).await?;
        Ok(answer.location.unwrap_or_else(|| "US".to_owned()))
    }
}

#[async_trait]
impl Warehouse for QueryWarehouse {
    fn reading(&self) -> Reading {
        Reading::Query
    }

    async fn list_tables(&self, dataset: &str) -> Result<Vec<String>, WarehouseError> {
        self.tables.list_tables(dataset).await
    }

    async fn table(&self, dataset: &str, table: &str) -> Result<TableMeta, WarehouseError> {
        self.tables.table(dataset, table).await
    }

    async fn estimate(&self, request: &PageRequest) -> Result<u64, WarehouseError> {
        let client = &self.tables.client;
        let location = self.location(&request.dataset).await?;
        let body = job::dry_run(client.project(), &location, request, &self.settings.labels)?;
        let answer: JobAnswer = client.json(&Request::post(client.url(&["jobs"])?, &body)).await?;
        if let Some(error) = answer.error() {
            return Err(WarehouseError { job: None, ..error.into_error("(dry run)") });
        }
        Ok(job::billed_for(answer.bytes_processed()))
    }

    fn pages(&self, mut request: PageRequest) -> PageStream {
        let load = *request.load.get_or_insert_with(LoadId::mint);
        PageStream::of(Querying::new(self.clone(), load, request))
    }

    async fn abandon(&self) {
        let client = self.tables.client.clone().within(ABANDON_WITHIN);
        for (job, location) in self.running.take() {
            let cancelled = async {
                let mut url = client.url(&["jobs", &job, "cancel"])?;
                url.query_pairs_mut().append_pair("location", &location);
                client
                    .json::<serde::de::IgnoredAny>(&Request::post(url, &serde_json::json!({})))
                    .await
            };
            match cancelled.await {
                Ok(_) => tracing::info!(job, "the query was cancelled at BigQuery"),
                Err(error) => {
                    tracing::warn!(job, %error, "the query was not cancelled at BigQuery")
                }
            }
        }
    }
}

impl QuerySettings {
    fn deadline(&self) -> TimeDelta {
        milliseconds(self.deadline_ms)
    }
}

impl BigQuerySettings {
    /// What a tenant's queries are limited to when the tenant says nothing.
    #[must_use]
    pub fn queries(&self) -> QuerySettings {
        QuerySettings {
            max_bytes_billed: self.max_bytes_per_job,
            deadline_ms: self.query_deadline_ms,
            ..QuerySettings::default()
        }
    }
}
