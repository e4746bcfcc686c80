//! What can be configured: `FOOTFALL_<SECTION>__<KEY>` or a TOML file.

use std::time::Duration;

use common::config::{
    ConfigError, CryptoSettings, DatabaseSettings, HttpSettings, NetSettings, ServiceConfig,
    TelemetrySettings,
};
use common::jobs::WorkerOptions;
use common::kernel::Backoff;
use serde::{Deserialize, Serialize};

use crate::adapters::bigquery::BigQuerySettings;

/// The port of `serve`; `work` answers health on the one 100 above.
const PORT: u16 = 8002;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    pub telemetry: TelemetrySettings,
    pub crypto: CryptoSettings,
    pub net: NetSettings,
    pub bigquery: BigQuerySettings,
    pub workers: WorkerSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: HttpSettings::on_port(PORT),
            database: DatabaseSettings::default(),
            telemetry: TelemetrySettings::default(),
            crypto: CryptoSettings::default(),
            net: NetSettings::default(),
            bigquery: BigQuerySettings::default(),
            workers: WorkerSettings::default(),
        }
    }
}

/// `[workers]`: how steps are run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSettings {
    /// Steps at once in this process, over all tenants.
    pub concurrency: u16,
    /// A worker that is silent for longer loses its steps, in milliseconds.
    pub lease_ms: u64,
    /// How long an idle worker waits at most before it looks again, in milliseconds.
    pub poll_ms: u64,
    /// How long running steps may go on after a stop was asked for, in milliseconds.
    pub grace_ms: u64,
    /// A step that reports no progress for this long has stalled, in milliseconds.
    pub progress_deadline_ms: u64,
    /// First and longest pause between attempts of a step, in milliseconds.
    pub retry_base_ms: u64,
    pub retry_cap_ms: u64,
    /// Limit of one statement of a step, in milliseconds: replacing a day is one of the long ones.
    pub statement_timeout_ms: u64,
    /// Finished jobs are kept for this many days, and up to a month longer.
    pub history_days: u16,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            lease_ms: 30_000,
            poll_ms: 500,
            grace_ms: 5_000,
            progress_deadline_ms: 30 * 60 * 1_000,
            retry_base_ms: 2_000,
            retry_cap_ms: 300_000,
            statement_timeout_ms: 10 * 60 * 1_000,
            history_days: 90,
        }
    }
}

/// A load copies two pages at once, and later writes by one and reads beside by another; the scheduler and the claims have one each. With fewer, loads would wait for
/// each other's.
const CONNECTIONS_OF_A_STEP: u32 = 2;
/// The process has 10 s to stop, and needs some of it to hand back what did not finish.
const LONGEST_GRACE_MS: u64 = 6_000;

impl WorkerSettings {
    fn validate(&self) -> Result<(), ConfigError> {
        if self.concurrency == 0 {
            return Err(ConfigError::invalid("workers.concurrency", "must be greater than 0"));
        }
        if self.history_days == 0 {
            return Err(ConfigError::invalid("workers.history_days", "must be greater than 0"));
        }
        if self.lease_ms < 500 {
            return Err(ConfigError::invalid("workers.lease_ms", "must be at least 500"));
        }
        if self.poll_ms < 10 {
            return Err(ConfigError::invalid("workers.poll_ms", "must be at least 10"));
        }
        if self.grace_ms > LONGEST_GRACE_MS {
            let reason = format!("must be at most {LONGEST_GRACE_MS}");
            return Err(ConfigError::invalid("workers.grace_ms", reason));
        }
        Ok(())
    }

    #[must_use]
    pub fn options(&self, worker: String) -> WorkerOptions {
        WorkerOptions {
            name: worker,
            concurrency: self.concurrency.into(),
            lease: Duration::from_millis(self.lease_ms),
            poll: Duration::from_millis(self.poll_ms),
            grace: Duration::from_millis(self.grace_ms),
            progress_deadline: Duration::from_millis(self.progress_deadline_ms),
            backoff: Backoff {
                base: Duration::from_millis(self.retry_base_ms),
                cap: Duration::from_millis(self.retry_cap_ms),
            },
            history: Some(Duration::from_secs(u64::from(self.history_days) * 24 * 3_600)),
        }
    }
}

impl Config {
    /// Whether a process that runs steps has the connections that they need at once.
    ///
    /// # Errors
    /// When it has not.
    pub fn connections(&self) -> Result<(), ConfigError> {
        let needed = u32::from(self.workers.concurrency) * CONNECTIONS_OF_A_STEP + 2;
        if needed > self.database.max_connections {
            let reason = format!("must be at least {needed} for workers.concurrency");
            return Err(ConfigError::invalid("database.max_connections", reason));
        }
        Ok(())
    }
}

impl ServiceConfig for Config {
    fn telemetry(&self) -> &TelemetrySettings {
        &self.telemetry
    }

    fn database(&self) -> &DatabaseSettings {
        &self.database
    }

    fn validate(&self) -> Result<(), ConfigError> {
        self.http.validate()?;
        self.crypto.validate()?;
        self.net.validate()?;
        self.bigquery.validate()?;
        self.workers.validate()
    }
}

/// What each of the service's own keys means, for the sample.
const DESCRIPTIONS: &[(&str, &str)] = &[
    ("bigquery.base_url", "Base URL of the API; another one is a stand-in for development."),
    ("bigquery.token_uris", "Token addresses a key file may name besides Google's."),
    ("bigquery.connect_timeout_ms", "Limit for a connection to stand."),
    ("bigquery.read_timeout_ms", "Limit for silence while an answer is awaited or read."),
    ("bigquery.request_timeout_ms", "Limit for one request with its answer."),
    ("bigquery.call_deadline_ms", "Limit for one call with all its retries."),
    ("bigquery.backoff_base_ms", "First back-off between retries."),
    ("bigquery.backoff_cap_ms", "Longest back-off between retries."),
    ("bigquery.query_deadline_ms", "Limit for a query to end."),
    ("bigquery.day_deadline_ms", "Limit for one attempt at reading a day."),
    (
        "bigquery.max_bytes_per_job",
        "Bytes that one query may be billed, where the tenant sets no limit.",
    ),
    (
        "bigquery.max_bytes_per_day",
        "Bytes that a tenant's queries may be billed in a day (UTC), where the tenant sets no limit.",
    ),
    ("workers.concurrency", "Steps at once in this process, over all tenants."),
    ("workers.lease_ms", "A worker that is silent for longer loses its steps."),
    ("workers.poll_ms", "How long an idle worker waits at most before it looks again."),
    ("workers.grace_ms", "How long running steps may go on after a stop was asked for."),
    ("workers.progress_deadline_ms", "A step that reports no progress for this long has stalled."),
    ("workers.retry_base_ms", "First pause between attempts of a step."),
    ("workers.retry_cap_ms", "Longest pause between attempts of a step."),
    ("workers.statement_timeout_ms", "Limit of one statement of a step."),
    (
        "workers.history_days",
        "Finished jobs are kept for this many days, and up to a month longer.",
    ),
];

/// The documented defaults; `docs/config/` holds a copy.
///
/// # Errors
/// When a key has no description.
pub fn sample() -> Result<String, ConfigError> {
    common::config::sample::<Config>(crate::NAME, DESCRIPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_worker_pauses_between_its_looks() {
        let polling = |poll_ms| WorkerSettings { poll_ms, ..WorkerSettings::default() }.validate();
        assert!(polling(10).is_ok());
        for poll_ms in [0, 9] {
            let refused = polling(poll_ms).unwrap_err();
            assert!(refused.to_string().contains("workers.poll_ms"), "{refused}");
        }
    }

    #[test]
    fn loads_have_both_their_connections() {
        let mut config = Config::default();
        config.workers.concurrency = 4;
        config.database.max_connections = 10;
        assert!(config.connections().is_ok());
        config.database.max_connections = 9;
        let refused = config.connections().unwrap_err();
        assert!(refused.to_string().contains("database.max_connections"), "{refused}");
    }
}
