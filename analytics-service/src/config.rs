//! Configuration of analytics-service.

use std::path::PathBuf;

use common::config::{
    ConfigError, CryptoSettings, DatabaseSettings, HttpSettings, NetSettings, ServiceConfig,
    TelemetrySettings,
};
use common::kernel::Secret;
use serde::{Deserialize, Serialize};

/// All sections.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub http: HttpSettings,
    pub database: DatabaseSettings,
    pub telemetry: TelemetrySettings,
    pub crypto: CryptoSettings,
    pub net: NetSettings,
    pub cache: CacheSettings,
    pub statistics: StatisticsSettings,
    pub mail: MailSettings,
    pub workers: WorkerSettings,
    pub limits: LimitSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: HttpSettings::on_port(8001),
            database: DatabaseSettings::default(),
            telemetry: TelemetrySettings::default(),
            crypto: CryptoSettings::default(),
            net: NetSettings::default(),
            cache: CacheSettings::default(),
            statistics: StatisticsSettings::default(),
            mail: MailSettings::default(),
            workers: WorkerSettings::default(),
            limits: LimitSettings::default(),
        }
    }
}

/// `[cache]`: finished statistics answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheSettings {
    pub enabled: bool,
    pub max_bytes: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { enabled: true, max_bytes: 16 << 20 }
    }
}

/// `[statistics]`: answers that are no cache's.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StatisticsSettings {
    /// 0: as the machine allows.
    pub answers_at_once: usize,
}

impl StatisticsSettings {
    /// Twice the cores, because an answer waits for the database half of its time; but half of the pool of `connections` is left
    /// to what is short.
    #[must_use]
    pub fn answers_at_once(self, cores: usize, connections: usize) -> usize {
        match self.answers_at_once {
            0 => (2 * cores).min(connections / 2).max(1),
            wanted => wanted,
        }
    }

    fn validate(self, connections: usize) -> Result<(), ConfigError> {
        if self.answers_at_once > connections {
            let reason = "must not be greater than database.max_connections";
            return Err(ConfigError::invalid("statistics.answers_at_once", reason));
        }
        Ok(())
    }
}

/// How the operator's mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    None,
    #[default]
    Starttls,
    Implicit,
}

/// `[mail]`: the operator's mail server, for tenants without one of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// Empty: messages become files in `folder`.
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    pub user: String,
    #[serde(skip_serializing)]
    pub password: Secret,
    pub from: String,
    /// PEM file of a certificate authority besides the public ones; may be empty.
    pub ca_file: String,
    pub timeout_ms: u64,
    pub folder: PathBuf,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 587,
            tls: TlsMode::Starttls,
            user: String::new(),
            password: Secret::default(),
            from: "Footfall <reports@localhost>".to_owned(),
            ca_file: String::new(),
            timeout_ms: 30_000,
            folder: PathBuf::from("mail"),
        }
    }
}

/// `[workers]`: the job steps of a `work` process.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSettings {
    pub concurrency: usize,
    pub lease_ms: u64,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self { concurrency: 4, lease_ms: 30_000 }
    }
}

impl WorkerSettings {
    fn validate(&self) -> Result<(), ConfigError> {
        if self.concurrency == 0 {
            return Err(ConfigError::invalid("workers.concurrency", "must be greater than 0"));
        }
        if self.lease_ms < 500 {
            return Err(ConfigError::invalid("workers.lease_ms", "must be at least 500"));
        }
        Ok(())
    }
}

/// `[limits]`: what leaves the house, counted by each process in its own memory.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    pub exports_a_minute: u32,
    pub sends_a_minute: u32,
}

impl Default for LimitSettings {
    /// An export reads all there is to a question; what is sent by schedule is not counted.
    fn default() -> Self {
        Self { exports_a_minute: 10, sends_a_minute: 60 }
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
        self.statistics.validate(self.database.max_connections as usize)?;
        self.workers.validate()?;
        for (key, value) in [
            ("limits.exports_a_minute", self.limits.exports_a_minute),
            ("limits.sends_a_minute", self.limits.sends_a_minute),
        ] {
            if value == 0 {
                return Err(ConfigError::invalid(key, "must be greater than 0"));
            }
        }
        crate::adapters::mail::mailbox(&self.mail.from)
            .map_err(|error| ConfigError::invalid("mail.from", error.to_string()))?;
        Ok(())
    }
}

/// What each of the service's own keys means, for the sample.
const DESCRIPTIONS: &[(&str, &str)] = &[
    ("cache.enabled", "Keep finished statistics answers in memory."),
    ("cache.max_bytes", "Upper bound of what is kept."),
    ("limits.exports_a_minute", "Exports of one tenant. Counted by each process for itself."),
    (
        "limits.sends_a_minute",
        "Reports that one tenant has sent by request. Counted by each process for itself.",
    ),
    ("mail.host", "Mail server for tenants without one of their own; empty writes .eml files."),
    ("mail.port", "Its port."),
    ("mail.tls", "`none`, `starttls` (required) or `implicit`; certificates are verified."),
    ("mail.user", "Login name; empty sends without a login."),
    ("mail.password", "Password of the login."),
    ("mail.from", "Sender, `Name <address>`."),
    ("mail.ca_file", "PEM file of a certificate authority besides the public ones."),
    ("mail.timeout_ms", "Limit for each step of the conversation, in milliseconds."),
    ("mail.folder", "Where .eml files go when no server is configured."),
    (
        "statistics.answers_at_once",
        "Answers computed at once, each with a connection; the rest wait, at most half the request's deadline. 0: twice the cores, at most half the pool.",
    ),
    ("workers.concurrency", "Steps at once in this process."),
    ("workers.lease_ms", "A worker that is silent for longer loses its steps, in milliseconds."),
];

/// The documented defaults; `docs/config/` holds a copy.
///
/// # Errors
/// When a key has no description.
pub fn sample() -> Result<String, ConfigError> {
    common::config::sample::<Config>("analytics-service", DESCRIPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_at_once_leave_half_of_the_pool_unless_told_otherwise() {
        let by_itself = StatisticsSettings::default();
        let found = [(1, 10), (2, 10), (16, 10), (2, 1)]
            .map(|(cores, pool)| by_itself.answers_at_once(cores, pool));
        assert_eq!(found, [2, 4, 5, 1]);
        let told = StatisticsSettings { answers_at_once: 9 };
        assert_eq!(told.answers_at_once(1, 10), 9);
        assert!(told.validate(9).is_ok() && told.validate(8).is_err());
    }

    #[test]
    fn a_lease_outlives_a_hiccup() {
        let lease = |lease_ms| WorkerSettings { lease_ms, ..WorkerSettings::default() };
        assert!(lease(500).validate().is_ok() && lease(499).validate().is_err());
    }
}
