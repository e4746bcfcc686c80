//! Requests to BigQuery's REST API: every one with a time-out, retried while that may help, and given up at the deadline.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, TimeDelta, Utc};
use common::kernel::{Backoff, SharedClock, saturating_i64};
use common::net::Breaker;
use reqwest::{Method, Url, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer;
use super::error::{ErrorClass, WarehouseError};
use super::retry::Pause;
use super::settings::BigQuerySettings;
use super::token::TokenSource;

/// Larger answers are refused: BigQuery ends a page at about 10 MB, one enormous row aside.
const MAX_ANSWER: usize = 128 << 20;

/// As much of an error answer as is read.
const MAX_ERROR: usize = 64 << 10;

/// One project, seen with one service account. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Client {
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

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: Method,
    url: Url,
    body: Option<Bytes>,
}

impl Request {
    pub(super) const fn get(url: Url) -> Self {
        Self { method: Method::GET, url, body: None }
    }

    pub(super) fn post(url: Url, body: &Value) -> Self {
        Self { method: Method::POST, url, body: Some(body.to_string().into()) }
    }

    /// For the log. The query is left out: it holds page tokens.
    fn name(&self) -> String {
        format!("{} {}", self.method, self.url.path())
    }
}

impl Client {
    pub(super) fn new(
        settings: &BigQuerySettings,
        project: &str,
        tokens: Arc<dyn TokenSource>,
        clock: SharedClock,
        pause: Arc<dyn Pause>,
    ) -> Result<Self, WarehouseError> {
        let base_url = Url::parse(&settings.base_url)
            .map_err(|error| unusable(format!("bigquery.base_url: {error}")))?;
        let http =
            http_client(settings).map_err(|error| unusable(format!("HTTP client: {error}")))?;
        let shared = Shared {
            http,
            base_url,
            project: project.to_owned(),
            tokens,
            backoff: settings.backoff(),
            request_timeout: Duration::from_millis(settings.request_timeout_ms),
            call_deadline: milliseconds(settings.call_deadline_ms),
            clock,
            pause,
        };
        Ok(Self { shared: Arc::new(shared), until: None, circuit: None })
    }

    /// The same client, whose calls all end at this instant, or earlier if it was told so before.
    #[must_use]
    pub(super) fn until(mut self, deadline: DateTime<Utc>) -> Self {
        self.until = Some(self.until.map_or(deadline, |until| until.min(deadline)));
        self
    }

    /// The same client, whose calls end after `limit` at the latest.
    #[must_use]
    pub(super) fn within(self, limit: TimeDelta) -> Self {
        let until = self.now().checked_add_signed(limit).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.until(until)
    }

    /// The same client, not used while `circuit` is open. What waits for it waits for its deadline.
    #[must_use]
    pub(super) fn guarded_by(mut self, circuit: Breaker) -> Self {
        self.circuit = Some(circuit);
        self
    }

    pub(super) fn project(&self) -> &str {
        &self.shared.project
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// The address of something in the project, asked for without indentation.
    pub(super) fn url(&self, path: &[&str]) -> Result<Url, WarehouseError> {
        let mut url = self.shared.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| unusable("bigquery.base_url has no path".to_owned()))?
            .pop_if_empty()
            .extend(["projects", &self.shared.project])
            .extend(path);
        url.query_pairs_mut().append_pair("prettyPrint", "false");
        Ok(url)
    }

    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<T, WarehouseError> {
        self.call(request, |body| parsed(request, &body)).await
    }

    /// One attempt, without retries.
    pub(super) async fn json_once<T: DeserializeOwned>(
        &self,
        request: &Request,
    ) -> Result<T, WarehouseError> {
        let left = self.left(self.now().checked_add_signed(self.shared.call_deadline), request)?;
        let body = self.guarded(request, false, left).await?;
        parsed(request, &body)
    }

    /// Waits before something is tried again after so many failures.
    ///
    /// # Errors
    /// `error`, when the deadline comes first.
    pub(super) async fn wait(
        &self,
        backoff: Backoff,
        failures: u32,
        error: WarehouseError,
    ) -> Result<(), WarehouseError> {
        self.wait_until(self.until, backoff, failures, error).await
    }

    pub(super) fn backoff(&self) -> Backoff {
        self.shared.backoff
    }

    /// Asks until an answer is read, an error is final or the deadline is near.
    pub(super) async fn call<T>(
        &self,
        request: &Request,
        read: impl Fn(Bytes) -> Result<T, WarehouseError>,
    ) -> Result<T, WarehouseError> {
        let deadline = self.now().checked_add_signed(self.shared.call_deadline);
        let deadline = earliest(deadline, self.until);
        let (mut failures, mut refreshed, mut fresh_token) = (0, false, false);
        loop {
            let left = self.left(deadline, request)?;
            let attempt = self.guarded(request, fresh_token, left);
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
            self.wait_until(deadline, self.shared.backoff, failures, error).await?;
            fresh_token = false;
        }
    }

    async fn wait_until(
        &self,
        deadline: Option<DateTime<Utc>>,
        backoff: Backoff,
        failures: u32,
        error: WarehouseError,
    ) -> Result<(), WarehouseError> {
        let Shared { pause, .. } = &*self.shared;
        let delay = pause.delay(backoff, failures).max(error.retry_after.unwrap_or_default());
        let again_at =
            TimeDelta::from_std(delay).ok().and_then(|delay| self.now().checked_add_signed(delay));
        let in_time = match (again_at, deadline) {
            (Some(at), Some(deadline)) => at < deadline,
            (at, None) => at.is_some(),
            (None, Some(_)) => false,
        };
        if !in_time {
            return Err(error);
        }
        tracing::debug!(
            failures,
            delay_ms = delay.as_millis() as u64,
            reason = error.reason,
            "BigQuery is asked again later"
        );
        pause.wait(delay).await;
        Ok(())
    }

    /// Time for one request.
    fn left(
        &self,
        deadline: Option<DateTime<Utc>>,
        request: &Request,
    ) -> Result<Duration, WarehouseError> {
        let deadline = earliest(deadline, self.until).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let left = (deadline - self.now()).to_std().map_err(|_| out_of_time(request))?;
        Ok(left.min(self.shared.request_timeout))
    }

    /// One attempt, unless the circuit is open.
    async fn guarded(
        &self,
        request: &Request,
        fresh_token: bool,
        limit: Duration,
    ) -> Result<Bytes, WarehouseError> {
        let attempt = async {
            let attempt = tokio::time::timeout(limit, self.attempt(request, fresh_token));
            attempt.await.unwrap_or_else(|_| {
                let detail = format!("{}: no answer in time", request.name());
                Err(WarehouseError::connection("timeout", detail))
            })
        };
        let Some(circuit) = &self.circuit else { return attempt.await };
        let call =
            circuit.enter().map_err(|open| WarehouseError::circuit_open(&open, self.now()))?;
        let outcome = attempt.await;
        match &outcome {
            Err(error) if error.unwell() => call.failed(),
            Ok(_) | Err(_) => call.succeeded(),
        }
        outcome
    }

    async fn attempt(&self, request: &Request, fresh_token: bool) -> Result<Bytes, WarehouseError> {
        let token = self.shared.tokens.token(fresh_token).await?;
        let mut sent = self
            .shared
            .http
            .request(request.method.clone(), request.url.clone())
            .bearer_auth(token.expose());
        if let Some(body) = &request.body {
            sent = sent.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let mut response =
            sent.send().await.map_err(|error| unanswered(&request.name(), &error))?;
        let status = response.status();
        let limit = if status.is_success() { MAX_ANSWER } else { MAX_ERROR };
        let mut body = BytesMut::with_capacity(
            response.content_length().unwrap_or(0).min(limit as u64) as usize,
        );
        while let Some(chunk) =
            response.chunk().await.map_err(|error| unanswered(&request.name(), &error))?
        {
            if body.len() + chunk.len() > limit {
                if status.is_success() {
                    let detail =
                        format!("{}: the answer is larger than {limit} bytes", request.name());
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
        let mut error = answer::error(status.as_u16(), &body, &request.name());
        error.retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| answer::retry_after(value.to_str().ok()?, self.now()));
        Err(error)
    }
}

/// Whether anything answers at the API's address, protected as it says: any answer will do.
///
/// # Errors
/// When nothing answers, or the certificate is not to be trusted.
pub async fn reach_endpoint(settings: &BigQuerySettings) -> Result<(), WarehouseError> {
    let url = Url::parse(&settings.base_url)
        .map_err(|error| unusable(format!("bigquery.base_url: {error}")))?;
    let http = http_client(settings).map_err(|error| unusable(format!("HTTP client: {error}")))?;
    let name = format!("GET {}", url.path());
    http.get(url).send().await.map(drop).map_err(|error| unanswered(&name, &error))
}

/// Google compresses only for agents that say `gzip` in their name.
#[expect(
    clippy::disallowed_methods,
    reason = "the host is fixed by configuration, not by a tenant, and pages need own limits"
)]
fn http_client(settings: &BigQuerySettings) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(concat!("footfall/", env!("CARGO_PKG_VERSION"), " (gzip)"))
        .gzip(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
        .read_timeout(Duration::from_millis(settings.read_timeout_ms))
        .timeout(Duration::from_millis(settings.request_timeout_ms))
        .build()
}

fn parsed<T: DeserializeOwned>(request: &Request, body: &[u8]) -> Result<T, WarehouseError> {
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!("{}: {error}", request.name());
        WarehouseError::connection("unreadableAnswer", detail)
    })
}

fn earliest(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    one.into_iter().chain(other).min()
}

pub(super) fn milliseconds(milliseconds: u64) -> TimeDelta {
    TimeDelta::milliseconds(saturating_i64(milliseconds))
}

fn unusable(detail: String) -> WarehouseError {
    WarehouseError::configuration("invalidSettings", "BigQuery is not set up here.", detail)
}

/// No answer, or half of one.
fn unanswered(name: &str, error: &reqwest::Error) -> WarehouseError {
    let reason = if error.is_timeout() { "timeout" } else { "connection" };
    let mut why = String::new();
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        why = error.to_string();
        cause = error.source();
    }
    WarehouseError::connection(reason, format!("{name}: {reason}: {why}"))
}

fn out_of_time(request: &Request) -> WarehouseError {
    let detail = format!("{}: the deadline has passed", request.name());
    WarehouseError::connection("deadlineExceeded", detail)
}
