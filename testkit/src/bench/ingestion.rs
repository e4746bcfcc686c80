//! Loading days by a job, as a client asks for it.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::site::Site;

/// Far longer than any load here takes.
const LIMIT: Duration = Duration::from_secs(7_200);
/// How often the job is looked at; also the error of a measured time.
const LOOK: Duration = Duration::from_millis(25);

/// How long a load took.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    /// From the request to the end of the job.
    pub request: Duration,
    /// From the start of the first step that loads a day, which then asks for its table, to the end of the last one, which
    /// committed its facts: from the wire to committed facts and rollups.
    pub days: Duration,
}

/// Loads the days `first..=last`.
///
/// # Errors
/// When the job fails or takes too long.
pub async fn load(site: &Site, first: NaiveDate, last: NaiveDate) -> anyhow::Result<Took> {
    let begun = Instant::now();
    let body = json!({ "kind": "ingest", "parameters": { "from": first, "to": last } });
    let job = site.api.post("/data/v1/jobs", &body).await?;
    let id = job["id"].as_str().context("no job id")?;
    loop {
        let job = site.api.get(&format!("/data/v1/jobs/{id}")).await?;
        match job["status"].as_str() {
            Some("succeeded") => {
                return Ok(Took { request: begun.elapsed(), days: of_days(&job)? });
            }
            Some("pending" | "running") if begun.elapsed() < LIMIT => {
                tokio::time::sleep(LOOK).await;
            }
            _ => bail!("the load did not succeed: {job:#}"),
        }
    }
}

fn of_days(job: &Value) -> anyhow::Result<Duration> {
    let steps = job["steps"].as_array().context("no steps")?;
    let instants = |name: &str| -> anyhow::Result<Vec<DateTime<chrono::Utc>>> {
        steps
            .iter()
            .filter(|step| step["kind"] == "load_shard")
            .map(|step| Ok(step[name].as_str().context("no instant")?.parse()?))
            .collect()
    };
    let (begun, ended) = (instants("started_at")?, instants("finished_at")?);
    let first = begun.into_iter().min().context("no day was loaded")?;
    let last = ended.into_iter().max().context("no day was loaded")?;
    Ok((last - first).to_std()?)
}
