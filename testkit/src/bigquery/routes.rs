//! From a path to an answer of the API, for everything but rows.

use poem::Response;
use poem::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

use super::answer::{ApiError, json_response};
use super::catalogue::{Catalogue, DatasetKey, Table};
use super::fault::Route;
use super::jobs::Jobs;

/// A request to the API as its path and query describe it.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub route: Route,
    pub project: String,
    pub dataset: Option<String>,
    pub table: Option<String>,
    pub job: Option<String>,
    pub query: Vec<(String, String)>,
    /// Of a request that carries one.
    pub body: Option<Json>,
}

impl Call {
    /// `path` is what follows `/bigquery/v2/`.
    pub(super) fn parse(method: &Method, path: &str, query: Vec<(String, String)>) -> Self {
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let (get, post) = (method == Method::GET, method == Method::POST);
        let mut job = None;
        let (route, dataset, table) = match parts.as_slice() {
            ["projects", _, "datasets"] if get => (Route::DatasetList, None, None),
            ["projects", _, "datasets", d] if get => (Route::DatasetGet, Some(d), None),
            ["projects", _, "datasets", d, "tables"] if get => (Route::TableList, Some(d), None),
            ["projects", _, "datasets", d, "tables", t] if get => {
                (Route::TableGet, Some(d), Some(t))
            }
            ["projects", _, "datasets", d, "tables", t, "data"] if get => {
                (Route::TableData, Some(d), Some(t))
            }
            ["projects", _, "jobs"] if post => (Route::JobInsert, None, None),
            ["projects", _, "jobs", id] if get => {
                job = Some(decoded(id));
                (Route::JobGet, None, None)
            }
            ["projects", _, "jobs", id, "cancel"] if post => {
                job = Some(decoded(id));
                (Route::JobCancel, None, None)
            }
            ["projects", _, "queries", id] if get => {
                job = Some(decoded(id));
                (Route::QueryResults, None, None)
            }
            _ => (Route::Unknown, None, None),
        };
        let owned = |part: Option<&&str>| part.map(|part| decoded(part));
        Self {
            route,
            project: decoded(parts.get(1).unwrap_or(&"")),
            dataset: owned(dataset),
            table: owned(table),
            job,
            query,
            body: None,
        }
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let pair = self.query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.as_str())
    }

    pub(super) fn pretty(&self) -> bool {
        self.query("prettyPrint") != Some("false")
    }

    pub(super) fn dataset_key(&self) -> DatasetKey {
        let dataset = self.dataset.clone().unwrap_or_default();
        (self.project.clone(), dataset)
    }
}

/// A path segment without percent escapes.
fn decoded(part: &str) -> String {
    let as_query = format!("x={}", part.replace('+', "%2B"));
    let pairs = reqwest::Url::parse(&format!("http://stand-in/?{as_query}"));
    let value = pairs.ok().and_then(|url| {
        let pair = url.query_pairs().next();
        pair.map(|(_, value)| value.into_owned())
    });
    value.unwrap_or_else(|| part.to_owned())
}

/// Finds a call's table, with the API's own words when there is none.
pub(super) fn find_table(call: &Call, catalogue: &Catalogue) -> Result<Table, ApiError> {
    let key = call.dataset_key();
    let name = call.table.as_deref().unwrap_or_default();
    find_dataset(&key, catalogue)?;
    catalogue
        .table(&key, name)
        .ok_or_else(|| ApiError::not_found(&format!("Table {}:{}.{name}", key.0, key.1)))
}

fn find_dataset(
    key: &DatasetKey,
    catalogue: &Catalogue,
) -> Result<super::catalogue::DatasetEntry, ApiError> {
    catalogue
        .dataset(key)
        .ok_or_else(|| ApiError::not_found(&format!("Dataset {}:{}", key.0, key.1)))
}

/// Answers every call except those for rows.
pub(super) fn answer(
    call: &Call,
    catalogue: &Catalogue,
    jobs: &Jobs,
) -> Result<Response, ApiError> {
    let body = match call.route {
        Route::DatasetList => dataset_list(call, catalogue),
        Route::DatasetGet => dataset(call, catalogue)?,
        Route::TableList => table_list(call, catalogue)?,
        Route::TableGet => table(call, catalogue)?,
        Route::JobInsert => jobs.insert(call, catalogue, None)?,
        Route::JobGet => jobs.get(call)?,
        Route::JobCancel => jobs.cancel(call)?,
        Route::TableData | Route::QueryResults | Route::Token | Route::Unknown => {
            let message = "The requested URL was not found on this server.".to_owned();
            return Err(ApiError::new(StatusCode::NOT_FOUND, "notFound", message));
        }
    };
    Ok(json_response(StatusCode::OK, &body, call.pretty()))
}

fn dataset_reference(project: &str, dataset: &str) -> Json {
    json!({ "datasetId": dataset, "projectId": project })
}

fn dataset_list(call: &Call, catalogue: &Catalogue) -> Json {
    let datasets = catalogue.datasets(&call.project);
    let datasets = datasets.iter().map(|(name, location)| {
        json!({
            "kind": "bigquery#dataset",
            "id": format!("{}:{name}", call.project),
            "datasetReference": dataset_reference(&call.project, name),
            "location": location,
        })
    });
    json!({
        "kind": "bigquery#datasetList",
        "etag": "stand-in",
        "datasets": datasets.collect::<Vec<_>>(),
    })
}

fn dataset(call: &Call, catalogue: &Catalogue) -> Result<Json, ApiError> {
    let key = call.dataset_key();
    let entry = find_dataset(&key, catalogue)?;
    Ok(json!({
        "kind": "bigquery#dataset",
        "etag": "stand-in",
        "id": format!("{}:{}", key.0, key.1),
        "datasetReference": dataset_reference(&key.0, &key.1),
        "location": entry.location,
        "access": [],
    }))
}

/// Lists table names without their modification times, in pages of `maxResults` (50 by default).
fn table_list(call: &Call, catalogue: &Catalogue) -> Result<Json, ApiError> {
    let key = call.dataset_key();
    let entry = find_dataset(&key, catalogue)?;
    let limit = match call.query("maxResults") {
        None => 50,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| ApiError::invalid(format!("Invalid value for maxResults: {text}")))?,
    };
    let after = call.query("pageToken").unwrap_or_default();
    let mut following = entry.tables.iter().filter(|(name, _)| name.as_str() > after);
    let page: Vec<_> = following.by_ref().take(limit.max(1)).collect();
    let tables = page.iter().map(|(name, table)| {
        json!({
            "kind": "bigquery#table",
            "id": format!("{}:{}.{name}", key.0, key.1),
            "tableReference": table_reference(&key, name),
            "type": "TABLE",
            "creationTime": table.created_ms.to_string(),
        })
    });
    let mut body = json!({
        "kind": "bigquery#tableList",
        "etag": "stand-in",
        "totalItems": entry.tables.len(),
    });
    if !page.is_empty() {
        body["tables"] = tables.collect();
    }
    if let (Some(_), Some((last, _))) = (following.next(), page.last()) {
        body["nextPageToken"] = json!(last);
    }
    Ok(body)
}

fn table_reference(key: &DatasetKey, name: &str) -> Json {
    json!({ "projectId": key.0, "datasetId": key.1, "tableId": name })
}

fn table(call: &Call, catalogue: &Catalogue) -> Result<Json, ApiError> {
    let key = call.dataset_key();
    let name = call.table.as_deref().unwrap_or_default();
    let location = find_dataset(&key, catalogue)?.location;
    let table = find_table(call, catalogue)?;
    let rows = table.source.count().map_err(|error| {
        let message = format!("stand-in: {error}");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internalError", message)
    })?;
    // Nobody bills by it here: an export row measures about a kilobyte in BigQuery's own counting.
    let bytes = (rows * 1024).to_string();
    Ok(json!({
        "kind": "bigquery#table",
        "etag": table.etag(),
        "id": format!("{}:{}.{name}", key.0, key.1),
        "selfLink": format!("projects/{}/datasets/{}/tables/{name}", key.0, key.1),
        "tableReference": table_reference(&key, name),
        "schema": table.source.schema().to_json(),
        "numBytes": bytes,
        "numLongTermBytes": "0",
        "numRows": rows.to_string(),
        "creationTime": table.created_ms.to_string(),
        "lastModifiedTime": table.modified_ms.to_string(),
        "type": "TABLE",
        "location": location,
    }))
}
