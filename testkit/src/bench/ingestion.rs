//! Loading days by a job, as a client asks for it.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use serde_json::json;

use super::site::Site;

/// Far longer than any load here takes.
const LIMIT: Duration = Duration::from_secs(1_800);
/// How often the job is looked at; also the error of a measured time.
const LOOK: Duration = Duration::from_millis(25);

/// Loads the days `first..=last`; answers the time from the request to the end of the job.
///
/// # Errors
/// When the job fails or takes too long.
pub async fn load(site: &Site, first: NaiveDate, last: NaiveDate) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let body = json!({ "kind": "ingest", "parameters": { "from": first, "to": last } });
    let job = site.api.post("/data/v1/jobs", &body).await?;
    let id = job["id"].as_str().context("no job id")?;
    loop {
        let job = site.api.get(&format!("/data/v1/jobs/{id}")).await?;
        match job["status"].as_str() {
            Some("succeeded") => return Ok(begun.elapsed()),
            Some("pending" | "running") if begun.elapsed() < LIMIT => {
                tokio::time::sleep(LOOK).await;
            }
            _ => bail!("the load did not succeed: {job:#}"),
        }
    }
}
