//! The warehouse the GA4 export lies in: which tables there are, what they say about themselves, and their rows as pages of
//! BigQuery's own JSON, fetched ahead while earlier ones are decoded. Rows come in two ways: listed, which BigQuery does not
//! bill, or by a query, which reads only the columns an event needs.
//!
//! gcp-bigquery-client brings authentication and models. Requests are ours: its own have no time-out and no retry, lose the HTTP
//! status of a gateway's error page, and stumble over one unknown column type.

mod answer;
mod client;
mod error;
mod page_size;
mod pages;
mod query;
mod retry;
mod settings;
mod table;
mod token;
mod warehouse;

use async_trait::async_trait;
use common::tenant_config::Reading;

pub use client::reach_endpoint;
pub use error::{ErrorClass, WarehouseError};
pub use pages::{Page, PageRequest, PageStream};
pub use query::{QuerySettings, QueryWarehouse};
pub use retry::{Pause, SystemPause};
pub use settings::BigQuerySettings;
pub use table::{FoundDataset, TableMeta};
pub use token::{ServiceAccountTokens, TokenSource};
pub use warehouse::BigQueryWarehouse;

/// A source of GA4 export tables.
#[async_trait]
pub trait Warehouse: std::fmt::Debug + Send + Sync {
    /// Which of the two ways rows come in. Row positions of one mean nothing in the other.
    fn reading(&self) -> Reading;

    /// Names of all tables of a dataset, in the source's order. Costs nothing.
    async fn list_tables(&self, dataset: &str) -> Result<Vec<String>, WarehouseError>;

    /// What the table says about itself now. Costs nothing.
    async fn table(&self, dataset: &str, table: &str) -> Result<TableMeta, WarehouseError>;

    /// Bytes that reading these rows would be billed for; 0 when it is free. Costs nothing itself.
    async fn estimate(&self, request: &PageRequest) -> Result<u64, WarehouseError>;

    /// The table's rows from `from_row` on. Ends after the last page, or after the first error that retrying did not cure.
    fn pages(&self, request: PageRequest) -> PageStream;

    /// Ends at the source what was begun for pages that nobody wants any more; gives up soon.
    async fn abandon(&self);
}
