//! The warehouse the GA4 export lies in: which tables there are, what they say about themselves, and their rows as pages of
//! BigQuery's own JSON, fetched ahead while earlier ones are decoded.
//!
//! gcp-bigquery-client brings authentication and models. Requests are ours: its own have no time-out and no retry, lose the HTTP
//! status of a gateway's error page, and stumble over one unknown column type.

mod answer;
mod error;
mod pages;
mod retry;
mod settings;
mod table;
mod token;
mod warehouse;

use async_trait::async_trait;

pub use error::{ErrorClass, WarehouseError};
pub use pages::{Page, PageRequest, PageStream};
pub use retry::{Pause, SystemPause};
pub use settings::BigQuerySettings;
pub use table::TableMeta;
pub use token::{ServiceAccountTokens, TokenSource};
pub use warehouse::{BigQueryWarehouse, reach_endpoint};

/// A source of GA4 export tables.
#[async_trait]
pub trait Warehouse: std::fmt::Debug + Send + Sync {
    /// Names of all tables of a dataset, in the source's order. Costs nothing.
    async fn list_tables(&self, dataset: &str) -> Result<Vec<String>, WarehouseError>;

    /// What the table says about itself now. Costs nothing.
    async fn table(&self, dataset: &str, table: &str) -> Result<TableMeta, WarehouseError>;

    /// The table's rows from `from_row` on. Ends after the last page, or after the first error that retrying did not cure.
    fn pages(&self, request: PageRequest) -> PageStream;
}
