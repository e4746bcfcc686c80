//! Reading tables by `tables.get` and `tabledata.list`, which BigQuery does not bill.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use common::kernel::SharedClock;
use common::net::Breaker;
use common::tenant_config::Reading;

use super::Warehouse;
use super::client::{Client, Request};
use super::error::WarehouseError;
use super::pages::{Fetched, PageRequest, PageSource, PageStream, fetch_page};
use super::retry::Pause;
use super::settings::BigQuerySettings;
use super::table::{DatasetListAnswer, FoundDataset, TableAnswer, TableListAnswer, TableMeta};
use super::token::TokenSource;

/// One project, seen with one service account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BigQueryWarehouse {
    pub(super) client: Client,
}

impl BigQueryWarehouse {
    /// # Errors
    /// When the settings cannot be used.
    pub fn new(
        settings: &BigQuerySettings,
        project: &str,
        tokens: Arc<dyn TokenSource>,
        clock: SharedClock,
        pause: Arc<dyn Pause>,
    ) -> Result<Self, WarehouseError> {
        Ok(Self { client: Client::new(settings, project, tokens, clock, pause)? })
    }

    /// The same warehouse, whose calls all end at this instant: the deadline of a whole job.
    #[must_use]
    pub fn until(self, deadline: DateTime<Utc>) -> Self {
        Self { client: self.client.until(deadline) }
    }

    /// The same warehouse, not called while `circuit` is open. What waits for it waits for its deadline.
    #[must_use]
    pub fn guarded_by(self, circuit: Breaker) -> Self {
        Self { client: self.client.guarded_by(circuit) }
    }

    /// The datasets of the project that the service account may see. Costs nothing.
    ///
    /// # Errors
    /// When BigQuery refuses or does not answer.
    pub async fn list_datasets(&self) -> Result<Vec<FoundDataset>, WarehouseError> {
        let mut datasets = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut url = self.client.url(&["datasets"])?;
            url.query_pairs_mut().append_pair("maxResults", "1000");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let answer: DatasetListAnswer = self.client.json(&Request::get(url)).await?;
            datasets.extend(answer.datasets.into_iter().map(FoundDataset::from));
            token = answer.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(datasets);
            }
        }
    }
}

/// Pages by `tabledata.list`.
struct Listing {
    client: Client,
    request: PageRequest,
}

#[async_trait]
impl PageSource for Listing {
    async fn page(&mut self, token: Option<&str>, rows: u32) -> Result<Fetched, WarehouseError> {
        let Self { client, request } = self;
        let path = ["datasets", &request.dataset, "tables", &request.table, "data"];
        let mut url = client.url(&path)?;
        if let Some(fields) = &request.selected_fields {
            url.query_pairs_mut().append_pair("selectedFields", fields);
        }
        fetch_page(client, url, request, token, rows).await
    }

    fn page_rows(&self) -> Option<u32> {
        self.request.max_rows
    }
}

#[async_trait]
impl Warehouse for BigQueryWarehouse {
    fn reading(&self) -> Reading {
        Reading::List
    }

    async fn list_tables(&self, dataset: &str) -> Result<Vec<String>, WarehouseError> {
        let mut tables = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut url = self.client.url(&["datasets", dataset, "tables"])?;
            url.query_pairs_mut().append_pair("maxResults", "1000");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let answer: TableListAnswer = self.client.json(&Request::get(url)).await?;
            tables.extend(answer.tables.into_iter().map(|table| table.table_reference.table_id));
            token = answer.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(tables);
            }
        }
    }

    async fn table(&self, dataset: &str, table: &str) -> Result<TableMeta, WarehouseError> {
        let url = self.client.url(&["datasets", dataset, "tables", table])?;
        let answer: TableAnswer = self.client.json(&Request::get(url)).await?;
        answer.into_meta().ok_or_else(|| {
            let detail = format!("GET {dataset}.{table}: a count is no number");
            WarehouseError::permanent(
                "unreadableAnswer",
                "BigQuery's answer could not be read.",
                detail,
            )
        })
    }

    async fn estimate(&self, _request: &PageRequest) -> Result<u64, WarehouseError> {
        Ok(0)
    }

    fn pages(&self, request: PageRequest) -> PageStream {
        PageStream::of(Listing { client: self.client.clone(), request })
    }

    async fn abandon(&self) {}
}
