//! `[bigquery]`: how this process reaches BigQuery. A tenant's connection names the project and the key, never an address.

use common::config::ConfigError;
use common::kernel::Backoff;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub(super) const GOOGLE_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BigQuerySettings {
    /// Base URL of the API; another one is a stand-in for development.
    pub base_url: String,
    /// Token addresses a key file may name besides Google's.
    pub token_uris: Vec<String>,
    /// Limit for a connection to stand, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Limit for silence while an answer is awaited or read, in milliseconds.
    pub read_timeout_ms: u64,
    /// Limit for one request with its answer, in milliseconds.
    pub request_timeout_ms: u64,
    /// Limit for one call with all its retries, in milliseconds.
    pub call_deadline_ms: u64,
    /// First and longest back-off between retries, in milliseconds; doubled in between, with full jitter.
    pub backoff_base_ms: u64,
    pub backoff_cap_ms: u64,
    /// Limit for a query to end, in milliseconds.
    pub query_deadline_ms: u64,
    /// Limit for one attempt at reading a day, in milliseconds.
    pub day_deadline_ms: u64,
    /// Bytes that one query may be billed, where the tenant sets no limit.
    pub max_bytes_per_job: u64,
    /// Bytes that a tenant's queries may be billed in a day (UTC), where the tenant sets no limit.
    pub max_bytes_per_day: u64,
}

impl Default for BigQuerySettings {
    fn default() -> Self {
        Self {
            base_url: "https://bigquery.googleapis.com/bigquery/v2".to_owned(),
            token_uris: Vec::new(),
            connect_timeout_ms: 10_000,
            read_timeout_ms: 30_000,
            request_timeout_ms: 120_000,
            call_deadline_ms: 600_000,
            backoff_base_ms: 1_000,
            backoff_cap_ms: 32_000,
            query_deadline_ms: 20 * 60 * 1_000,
            day_deadline_ms: 4 * 3_600 * 1_000,
            max_bytes_per_job: 100 << 30,
            max_bytes_per_day: 1 << 40,
        }
    }
}

impl BigQuerySettings {
    /// Addresses parse, and no limit is zero.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (key, url) in std::iter::once(("bigquery.base_url", &self.base_url))
            .chain(self.token_uris.iter().map(|url| ("bigquery.token_uris", url)))
        {
            if !reqwest::Url::parse(url).is_ok_and(|url| !url.cannot_be_a_base()) {
                return Err(ConfigError::invalid(key, format!("`{url}` is not an address")));
            }
        }
        for (key, limit) in [
            ("bigquery.connect_timeout_ms", self.connect_timeout_ms),
            ("bigquery.read_timeout_ms", self.read_timeout_ms),
            ("bigquery.request_timeout_ms", self.request_timeout_ms),
            ("bigquery.call_deadline_ms", self.call_deadline_ms),
            ("bigquery.query_deadline_ms", self.query_deadline_ms),
            ("bigquery.day_deadline_ms", self.day_deadline_ms),
            ("bigquery.max_bytes_per_job", self.max_bytes_per_job),
            ("bigquery.max_bytes_per_day", self.max_bytes_per_day),
        ] {
            if limit == 0 {
                return Err(ConfigError::invalid(
                    key,
                    "a limit of zero lets nothing through".to_owned(),
                ));
            }
        }
        Ok(())
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff {
            base: Duration::from_millis(self.backoff_base_ms),
            cap: Duration::from_millis(self.backoff_cap_ms),
        }
    }

    /// Whether a key file may send its signed assertion there.
    pub(super) fn allows_token_uri(&self, uri: &str) -> bool {
        uri == GOOGLE_TOKEN_URI || self.token_uris.iter().any(|allowed| allowed == uri)
    }
}
