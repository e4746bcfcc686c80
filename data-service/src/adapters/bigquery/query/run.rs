//! One query from its start to its last page.

use std::time::Duration;

use async_trait::async_trait;
use common::kernel::{Backoff, LoadId};
use reqwest::Url;

use super::super::Warehouse;
use super::super::client::{Client, Request};
use super::super::error::{ErrorClass, FORGOTTEN, WarehouseError};
use super::super::pages::{Fetched, PageRequest, PageSource, fetch_page};
use super::QueryWarehouse;
use super::job::{self, JobAnswer, ResultsAnswer};

/// How long BigQuery may hold an answer back for a query to end: less than we bear silence.
const HELD_MS: &str = "10000";

/// Between two looks at a query that runs.
const POLL: Backoff = Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(5) };

/// So often one reader begins a query that BigQuery itself breaks off. Runs of readers before it do not count.
const RUNS: u32 = 8;

/// A query's pages.
pub(super) struct Querying {
    warehouse: QueryWarehouse,
    load: LoadId,
    request: PageRequest,
    /// Runs that this reader began.
    begun: u32,
    /// Known when the query has ended.
    results: Option<Results>,
}

struct Results {
    job: String,
    location: String,
}

/// How one run of the query ended.
enum Ended {
    Well {
        billed: u64,
    },
    /// Its rows cannot be had any more: BigQuery keeps them for a day.
    Forgotten,
}

#[async_trait]
impl PageSource for Querying {
    async fn begin(&mut self) -> Result<u64, WarehouseError> {
        let location = self.warehouse.location(&self.request.dataset).await?;
        let client = self.client().clone().within(self.warehouse.settings.deadline());
        let mut run = 0;
        loop {
            let job = self.job(run);
            let error = match self.run(&client, &job, &location).await {
                Ok(Ended::Well { billed }) => {
                    self.results = Some(Results { job, location });
                    return Ok(billed);
                }
                Ok(Ended::Forgotten) if self.request.from_row > 0 => {
                    self.warehouse.abandon().await;
                    return Err(forgotten(&job));
                }
                Ok(Ended::Forgotten) => forgotten(&job),
                Err(error) => error,
            };
            // Only what the job says of itself: it is over, and another one may do better.
            let failed = error.class == ErrorClass::Transient && error.http_status == Some(200);
            let again = failed || error.reason == FORGOTTEN;
            if !again || self.begun == RUNS {
                return Err(error.of_job(&job));
            }
            client.wait(client.backoff(), self.begun.max(1), error.of_job(&job)).await?;
            run += 1;
        }
    }

    async fn page(&mut self, token: Option<&str>, rows: u32) -> Result<Fetched, WarehouseError> {
        let Some(Results { job, location }) = &self.results else {
            return Err(WarehouseError::connection("notBegun", "pages before the query's end"));
        };
        let client = self.client();
        let url = results_url(client, job, location)?;
        let page = fetch_page(client, url, &self.request, token, rows).await;
        page.map_err(|error| {
            if error.gone() && self.request.from_row > 0 {
                forgotten(job)
            } else {
                error.of_job(job)
            }
        })
    }

    fn page_rows(&self) -> Option<u32> {
        self.request.max_rows
    }
}

fn forgotten(job: &str) -> WarehouseError {
    let sentence = "BigQuery does not have the rows of the query any more.";
    let detail = format!("job {job}: its rows are gone");
    WarehouseError::transient(FORGOTTEN, sentence, detail).of_job(job)
}

impl Querying {
    pub(super) const fn new(warehouse: QueryWarehouse, load: LoadId, request: PageRequest) -> Self {
        Self { warehouse, load, request, begun: 0, results: None }
    }

    fn client(&self) -> &Client {
        &self.warehouse.tables.client
    }

    /// The same names in the same order, whoever asks.
    fn job(&self, run: u32) -> String {
        let load = self.load.uuid().simple();
        if run == 0 { format!("footfall_{load}") } else { format!("footfall_{load}_{run}") }
    }

    async fn run(
        &mut self,
        client: &Client,
        job: &str,
        location: &str,
    ) -> Result<Ended, WarehouseError> {
        self.warehouse.running.begun(job, location);
        let ended = match self.insert(client, job, location).await {
            Ok(new) => {
                // Rows were read from a job of this name; BigQuery does not know it any more.
                if new && self.request.from_row > 0 {
                    return Ok(Ended::Forgotten);
                }
                self.wait(client, job, location).await
            }
            Err(error) => Err(error),
        };
        self.warehouse.running.ended(job);
        ended
    }

    /// Whether the job is new; one that an earlier request made, by whomever it was sent, is as good.
    async fn insert(
        &mut self,
        client: &Client,
        job: &str,
        location: &str,
    ) -> Result<bool, WarehouseError> {
        let settings = &self.warehouse.settings;
        let most = self.request.max_bytes_billed.unwrap_or(u64::MAX).min(settings.max_bytes_billed);
        let body =
            job::insert(client.project(), location, job, &self.request, &settings.labels, most)?;
        let request = Request::post(client.url(&["jobs"])?, &body);
        match client.json::<JobAnswer>(&request).await {
            Ok(answer) => {
                self.begun += 1;
                answer.error().map_or(Ok(true), |error| Err(error.into_error(job)))
            }
            Err(error) if error.http_status == Some(409) => Ok(false),
            // Not of a job: whether it was made is not known, so its name stays.
            Err(error) => Err(error),
        }
    }

    /// Asks until the query has ended.
    async fn wait(
        &self,
        client: &Client,
        job: &str,
        location: &str,
    ) -> Result<Ended, WarehouseError> {
        let mut url = results_url(client, job, location)?;
        url.query_pairs_mut().append_pair("maxResults", "0").append_pair("timeoutMs", HELD_MS);
        let results = Request::get(url);
        let mut looks = 0;
        loop {
            let still_running = match client.json_once::<ResultsAnswer>(&results).await {
                Ok(ResultsAnswer { job_complete: true }) => None,
                Ok(ResultsAnswer { job_complete: false }) => Some(timed_out(job)),
                // What ails the job and what ails the answer look the same; the job itself knows.
                Err(error) => Some(error),
            };
            let complete = still_running.is_none();
            let failed = still_running.as_ref().is_some_and(|error| error.reason != UNFINISHED);
            if complete || failed {
                let state = self.state(client, job, location).await?;
                if let Some(error) = state.error() {
                    return Err(error.into_error(job));
                }
                match still_running {
                    None => return Ok(Ended::Well { billed: state.bytes_billed() }),
                    Some(error) if error.gone() && state.done() => return Ok(Ended::Forgotten),
                    Some(error)
                        if error.class != ErrorClass::Transient
                            && error.http_status != Some(401) =>
                    {
                        return Err(error.of_job(job));
                    }
                    Some(_) => {}
                }
            }
            looks += 1;
            client.wait(POLL, looks, still_running.unwrap_or_else(|| timed_out(job))).await?;
        }
    }

    async fn state(
        &self,
        client: &Client,
        job: &str,
        location: &str,
    ) -> Result<JobAnswer, WarehouseError> {
        let mut url = client.url(&["jobs", job])?;
        url.query_pairs_mut().append_pair("location", location);
        client.json(&Request::get(url)).await.map_err(|error| error.of_job(job))
    }
}

const UNFINISHED: &str = "jobUnfinished";

fn timed_out(job: &str) -> WarehouseError {
    let detail = format!("job {job} did not end in time");
    WarehouseError::transient(UNFINISHED, "BigQuery did not end the query in time.", detail)
}

fn results_url(client: &Client, job: &str, location: &str) -> Result<Url, WarehouseError> {
    let mut url = client.url(&["queries", job])?;
    url.query_pairs_mut().append_pair("location", location);
    Ok(url)
}
