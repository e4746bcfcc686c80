//! What `tables.list` and `tables.get` answer, as far as we need it. gcp-bigquery-client's own models refuse a whole table for
//! one column type they do not know.

use serde::Deserialize;

use crate::domain::wire::Schema;

/// A table's state; a change of any of these means its rows may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableMeta {
    /// Milliseconds since 1970.
    pub last_modified_ms: i64,
    /// Without rows that are still in the streaming buffer.
    pub num_rows: u64,
    pub num_bytes: u64,
    pub etag: String,
    pub schema: Schema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TableAnswer {
    last_modified_time: String,
    #[serde(default)]
    num_rows: Option<String>,
    #[serde(default)]
    num_bytes: Option<String>,
    etag: String,
    schema: Schema,
}

impl TableAnswer {
    pub fn into_meta(self) -> Option<TableMeta> {
        let count = |text: Option<String>| text.map_or(Some(0), |text| text.parse().ok());
        Some(TableMeta {
            last_modified_ms: self.last_modified_time.parse().ok()?,
            num_rows: count(self.num_rows)?,
            num_bytes: count(self.num_bytes)?,
            etag: self.etag,
            schema: self.schema,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TableListAnswer {
    #[serde(default)]
    pub tables: Vec<ListedTable>,
    #[serde(default)]
    pub next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedTable {
    pub table_reference: TableReference,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TableReference {
    pub table_id: String,
}

/// A dataset that the service account sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDataset {
    pub dataset: String,
    /// Such as `EU`.
    pub location: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DatasetListAnswer {
    #[serde(default)]
    pub datasets: Vec<ListedDataset>,
    #[serde(default)]
    pub next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedDataset {
    dataset_reference: DatasetReference,
    #[serde(default)]
    location: String,
}

/// `datasets.get`.
#[derive(Deserialize)]
pub(super) struct DatasetAnswer {
    #[serde(default)]
    pub location: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DatasetReference {
    dataset_id: String,
}

impl From<ListedDataset> for FoundDataset {
    fn from(listed: ListedDataset) -> Self {
        Self { dataset: listed.dataset_reference.dataset_id, location: listed.location }
    }
}
