//! `[telemetry]`: logs.

use serde::{Deserialize, Serialize};

/// How a process reports on itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySettings {
    /// `text` for people, `json` for collectors.
    pub format: LogFormat,
    /// Directives such as `info,sqlx=warn`.
    pub filter: String,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One readable line.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info,poem=warn,sqlx=warn,hyper=warn".to_owned() }
    }
}
