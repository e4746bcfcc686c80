//! Requests to BigQuery's REST API: every one with a time-out, retried while that may help, and given up at the deadline.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use common::kernel::{Backoff, SharedClock};
use common::net::Breaker;
use reqwest::{Url, header};
use serde::de::DeserializeOwned;

use super::Warehouse;
use super::answer;
use super::error::{ErrorClass, WarehouseError};
use super::pages::{PageRequest, PageStream, next_token};
use super::retry::Pause;
use super::settings::BigQuerySettings;
use super::table::{TableAnswer, TableListAnswer, TableMeta};
use super::token::TokenSource;

/// Larger answers are refused: BigQuery ends a page at about 10 MB, one enormous row aside.
const MAX_ANSWER: usize = 128 << 20;

/// As much of an error answer as is read.
const MAX_ERROR: usize = 64 << 10;

/// One project, seen with one service account. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BigQueryWarehouse {
    shared: Arc<Shared>,
    until: Option<DateTime<Utc>>,
    circuit: Option<Breaker>,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    base_url: Url,
    project: String,
    tokens: Arc<dyn TokenSource>,
    backoff: Backoff,
    request_timeout: Duration,
    call_deadline: TimeDelta,
    clock: SharedClock,
    pause: Arc<dyn Pause>,
}

impl BigQueryWarehouse {
    pub fn new(
        settings: &BigQuerySettings,
        project: &str,
        tokens: Arc<dyn TokenSource>,
        clock: SharedClock,
        pause: Arc<dyn Pause>,
    ) -> Result<Self, WarehouseError> {
        let unusable = |detail: String| {
            WarehouseError::configuration("invalidSettings", "BigQuery is not set up here.", detail)
        };
        let base_url = Url::parse(&settings.base_url)
            .map_err(|error| unusable(format!("bigquery.base_url: {error}")))?;
        let http = client(settings).map_err(|error| unusable(format!("HTTP client: {error}")))?;
        let shared = Shared {
            http,
            base_url,
            project: project.to_owned(),
            tokens,
            backoff: settings.backoff(),
            request_timeout: Duration::from_millis(settings.request_timeout_ms),
            call_deadline: TimeDelta::milliseconds(
                settings.call_deadline_ms.try_into().unwrap_or(i64::MAX),
            ),
            clock,
            pause,
        };
        Ok(Self { shared: Arc::new(shared), until: None, circuit: None })
    }

    /// The same warehouse, whose calls all end at this instant: the deadline of a whole job.
    #[must_use]
    pub fn until(mut self, deadline: DateTime<Utc>) -> Self {
        self.until = Some(deadline);
        self
    }

    /// The same warehouse, not called while `circuit` is open. What waits for it waits for its deadline.
    #[must_use]
    pub fn guarded_by(mut self, circuit: Breaker) -> Self {
        self.circuit = Some(circuit);
        self
    }

    /// One page and the token of the next.
    pub(super) async fn page(
        &self,
        request: &PageRequest,
        token: Option<&str>,
    ) -> Result<(Bytes, Option<String>), WarehouseError> {
        let mut url =
            self.url(&["datasets", &request.dataset, "tables", &request.table, "data"])?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("prettyPrint", "false")
                .append_pair("formatOptions.useInt64Timestamp", "true");
            if let Some(fields) = &request.selected_fields {
                query.append_pair("selectedFields", fields);
            }
            if let Some(rows) = request.max_rows {
                query.append_pair("maxResults", &rows.to_string());
            }
            match token {
                Some(token) => query.append_pair("pageToken", token),
                None => query.append_pair("startIndex", &request.from_row.to_string()),
            };
        }
        self.call(&url, |body| {
            let next = next_token(&body)?;
            Ok((body, next))
        })
        .await
    }

    fn url(&self, path: &[&str]) -> Result<Url, WarehouseError> {
        let mut url = self.shared.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| {
                WarehouseError::configuration(
                    "invalidSettings",
                    "BigQuery is not set up here.",
                    "bigquery.base_url has no path",
                )
            })?
            .pop_if_empty()
            .extend(["projects", &self.shared.project])
            .extend(path);
        Ok(url)
    }

    async fn json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, WarehouseError> {
        self.call(url, |body| {
            serde_json::from_slice(&body).map_err(|error| {
                WarehouseError::connection(
                    "unreadableAnswer",
                    format!("GET {}: {error}", url.path()),
                )
            })
        })
        .await
    }

    /// Asks until an answer is read, an error is final or the deadline is near.
    async fn call<T>(
        &self,
        url: &Url,
        read: impl Fn(Bytes) -> Result<T, WarehouseError>,
    ) -> Result<T, WarehouseError> {
        let Shared { clock, pause, backoff, call_deadline, .. } = &*self.shared;
        let deadline =
            clock.now().checked_add_signed(*call_deadline).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let deadline = self.until.map_or(deadline, |until| until.min(deadline));
        let (mut failures, mut refreshed, mut fresh_token) = (0, false, false);
        loop {
            let left = (deadline - clock.now()).to_std().map_err(|_| out_of_time(url))?;
            let attempt = self.guarded(url, fresh_token, left.min(self.shared.request_timeout));
            let error = match attempt.await.and_then(&read) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if error.http_status == Some(401) && !refreshed {
                (refreshed, fresh_token) = (true, true);
                continue;
            }
            if error.class != ErrorClass::Transient {
                return Err(error);
            }
            failures += 1;
            let delay = pause.delay(*backoff, failures).max(error.retry_after.unwrap_or_default());
            let again_at = TimeDelta::from_std(delay)
                .ok()
                .and_then(|delay| clock.now().checked_add_signed(delay));
            if again_at.is_none_or(|at| at >= deadline) {
                return Err(error);
            }
            tracing::debug!(
                failures,
                delay_ms = delay.as_millis() as u64,
                reason = error.reason,
                "BigQuery call is retried"
            );
            pause.wait(delay).await;
            fresh_token = false;
        }
    }

    /// One attempt, unless the circuit is open.
    async fn guarded(
        &self,
        url: &Url,
        fresh_token: bool,
        limit: Duration,
    ) -> Result<Bytes, WarehouseError> {
        let attempt = async {
            tokio::time::timeout(limit, self.attempt(url, fresh_token)).await.unwrap_or_else(|_| {
                let detail = format!("GET {}: no answer in time", url.path());
                Err(WarehouseError::connection("timeout", detail))
            })
        };
        let Some(circuit) = &self.circuit else { return attempt.await };
        let call = circuit
            .enter()
            .map_err(|open| WarehouseError::circuit_open(&open, self.shared.clock.now()))?;
        let outcome = attempt.await;
        match &outcome {
            Err(error) if error.unwell() => call.failed(),
            Ok(_) | Err(_) => call.succeeded(),
        }
        outcome
    }

    async fn attempt(&self, url: &Url, fresh_token: bool) -> Result<Bytes, WarehouseError> {
        let token = self.shared.tokens.token(fresh_token).await?;
        let mut response = self
            .shared
            .http
            .get(url.clone())
            .bearer_auth(token.expose())
            .send()
            .await
            .map_err(|error| unanswered(url, &error))?;
        let status = response.status();
        let limit = if status.is_success() { MAX_ANSWER } else { MAX_ERROR };
        let mut body = BytesMut::with_capacity(
            response.content_length().unwrap_or(0).min(limit as u64) as usize,
        );
        while let Some(chunk) = response.chunk().await.map_err(|error| unanswered(url, &error))? {
            if body.len() + chunk.len() > limit {
                if status.is_success() {
                    let detail =
                        format!("GET {}: the answer is larger than {limit} bytes", url.path());
                    return Err(WarehouseError::permanent(
                        "answerTooLarge",
                        "BigQuery's answer is too large.",
                        detail,
                    ));
                }
                break;
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return Ok(body.freeze());
        }
        let mut error = answer::error(status.as_u16(), &body, &format!("GET {}", url.path()));
        error.retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| answer::retry_after(value.to_str().ok()?, self.shared.clock.now()));
        Err(error)
    }
}

#[async_trait]
impl Warehouse for BigQueryWarehouse {
    async fn list_tables(&self, dataset: &str) -> Result<Vec<String>, WarehouseError> {
        let mut tables = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut url = self.url(&["datasets", dataset, "tables"])?;
            url.query_pairs_mut()
                .append_pair("prettyPrint", "false")
                .append_pair("maxResults", "1000");
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let answer: TableListAnswer = self.json(&url).await?;
            tables.extend(answer.tables.into_iter().map(|table| table.table_reference.table_id));
            token = answer.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(tables);
            }
        }
    }

    async fn table(&self, dataset: &str, table: &str) -> Result<TableMeta, WarehouseError> {
        let mut url = self.url(&["datasets", dataset, "tables", table])?;
        url.query_pairs_mut().append_pair("prettyPrint", "false");
        let answer: TableAnswer = self.json(&url).await?;
        answer.into_meta().ok_or_else(|| {
            let detail = format!("GET {}: a count is no number", url.path());
            WarehouseError::permanent(
                "unreadableAnswer",
                "BigQuery's answer could not be read.",
                detail,
            )
        })
    }

    fn pages(&self, request: PageRequest) -> PageStream {
        PageStream::fetch(self.clone(), request)
    }
}

/// Whether anything answers at the API's address, protected as it says: any answer will do.
///
/// # Errors
/// When nothing answers, or the certificate is not to be trusted.
pub async fn reach_endpoint(settings: &BigQuerySettings) -> Result<(), WarehouseError> {
    let unusable = |detail: String| {
        WarehouseError::configuration("invalidSettings", "BigQuery is not set up here.", detail)
    };
    let url = Url::parse(&settings.base_url)
        .map_err(|error| unusable(format!("bigquery.base_url: {error}")))?;
    let http = client(settings).map_err(|error| unusable(format!("HTTP client: {error}")))?;
    http.get(url.clone()).send().await.map(drop).map_err(|error| unanswered(&url, &error))
}

/// Google compresses only for agents that say `gzip` in their name.
#[expect(
    clippy::disallowed_methods,
    reason = "the host is fixed by configuration, not by a tenant, and pages need own limits"
)]
fn client(settings: &BigQuerySettings) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("footfall/", env!("CARGO_PKG_VERSION"), " (gzip)"))
        .gzip(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
        .read_timeout(Duration::from_millis(settings.read_timeout_ms))
        .timeout(Duration::from_millis(settings.request_timeout_ms))
        .build()
}

/// No answer, or half of one. The address is left out of the message: its query holds page tokens.
fn unanswered(url: &Url, error: &reqwest::Error) -> WarehouseError {
    let reason = if error.is_timeout() { "timeout" } else { "connection" };
    let mut why = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        why = error.to_string();
        cause = error.source();
    }
    WarehouseError::connection(reason, format!("GET {}: {reason}: {why}", url.path()))
}

fn out_of_time(url: &Url) -> WarehouseError {
    WarehouseError::connection(
        "deadlineExceeded",
        format!("GET {}: the deadline has passed", url.path()),
    )
}
