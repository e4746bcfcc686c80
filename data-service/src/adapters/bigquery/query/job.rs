//! Jobs as `jobs.insert` takes them and `jobs.get` tells of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::answer::JobError;
use super::super::error::WarehouseError;
use super::super::pages::PageRequest;
use super::text;

/// BigQuery bills whole megabytes, and ten of them at least for each table of a query.
const MEGABYTE: u64 = 1 << 20;
const LEAST_BILLED: u64 = 10 * MEGABYTE;

/// What a query that processes so many bytes of one table is billed.
pub(super) const fn billed_for(processed: u64) -> u64 {
    let billed = processed.div_ceil(MEGABYTE).saturating_mul(MEGABYTE);
    if billed < LEAST_BILLED { LEAST_BILLED } else { billed }
}

/// The body of `jobs.insert` for a query that is only judged.
pub(super) fn dry_run(
    project: &str,
    location: &str,
    request: &PageRequest,
    labels: &BTreeMap<String, String>,
) -> Result<Value, WarehouseError> {
    let mut body = body(project, location, request, labels)?;
    body["configuration"]["dryRun"] = json!(true);
    Ok(body)
}

/// The body of `jobs.insert` for a query that runs.
pub(super) fn insert(
    project: &str,
    location: &str,
    job: &str,
    request: &PageRequest,
    labels: &BTreeMap<String, String>,
    max_bytes_billed: u64,
) -> Result<Value, WarehouseError> {
    let mut body = body(project, location, request, labels)?;
    body["jobReference"]["jobId"] = json!(job);
    body["configuration"]["query"]["maximumBytesBilled"] = json!(max_bytes_billed.to_string());
    Ok(body)
}

fn body(
    project: &str,
    location: &str,
    request: &PageRequest,
    labels: &BTreeMap<String, String>,
) -> Result<Value, WarehouseError> {
    let mut query = json!({
        "query": text::query(project, request)?,
        // True unless told otherwise.
        "useLegacySql": false,
    });
    if let Some(day) = request.day {
        query["parameterMode"] = json!("NAMED");
        query["queryParameters"] = json!([{
            "name": text::DAY,
            "parameterType": { "type": "STRING" },
            "parameterValue": { "value": day.format("%Y%m%d").to_string() },
        }]);
    }
    Ok(json!({
        "jobReference": { "projectId": project, "location": location },
        "configuration": { "query": query, "labels": labels },
    }))
}

/// A job, as far as we need it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct JobAnswer {
    status: Status,
    statistics: Statistics,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    state: String,
    error_result: Option<JobError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Statistics {
    total_bytes_processed: Option<String>,
    query: QueryStatistics,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct QueryStatistics {
    total_bytes_processed: Option<String>,
    total_bytes_billed: Option<String>,
}

impl JobAnswer {
    pub fn done(&self) -> bool {
        self.status.state == "DONE"
    }

    /// Why it failed, if it did.
    pub fn error(&self) -> Option<JobError> {
        self.status.error_result.clone()
    }

    pub fn bytes_processed(&self) -> u64 {
        let Statistics { total_bytes_processed, query } = &self.statistics;
        number(total_bytes_processed.as_ref().or(query.total_bytes_processed.as_ref()))
    }

    pub fn bytes_billed(&self) -> u64 {
        number(self.statistics.query.total_bytes_billed.as_ref())
    }
}

fn number(text: Option<&String>) -> u64 {
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// `getQueryResults` of a job that may still run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResultsAnswer {
    pub job_complete: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_billed_by_the_megabyte_and_ten_of_them_at_least() {
        assert_eq!(billed_for(0), 10_485_760);
        assert_eq!(billed_for(10_485_760), 10_485_760);
        assert_eq!(billed_for(10_485_761), 11_534_336);
        assert_eq!(billed_for(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_query_is_standard_sql_with_parameters_and_a_ceiling() {
        let request = PageRequest {
            dataset: "analytics_1".to_owned(),
            table: "events_20260131".to_owned(),
            selected_fields: Some("event_date".to_owned()),
            day: Some("2026-01-31".parse().unwrap()),
            ..PageRequest::default()
        };
        let labels = BTreeMap::from([("application".to_owned(), "footfall".to_owned())]);
        let body = insert("shop", "EU", "footfall_1", &request, &labels, 77).unwrap();
        assert_eq!(
            body,
            json!({
                "jobReference": { "projectId": "shop", "location": "EU", "jobId": "footfall_1" },
                "configuration": {
                    "query": {
                        "query": "SELECT `event_date` FROM `shop`.`analytics_1`.`events_20260131` \
                                  WHERE `event_date` = @event_date",
                        "useLegacySql": false,
                        "maximumBytesBilled": "77",
                        "parameterMode": "NAMED",
                        "queryParameters": [{
                            "name": "event_date",
                            "parameterType": { "type": "STRING" },
                            "parameterValue": { "value": "20260131" },
                        }],
                    },
                    "labels": { "application": "footfall" },
                },
            })
        );
        let judged = dry_run("shop", "EU", &request, &labels).unwrap();
        assert_eq!(judged["configuration"]["dryRun"], true);
        assert!(judged["jobReference"].get("jobId").is_none());
    }
}
