//! The audit trail.

use chrono::{DateTime, Utc};
use common::audit::Recorded;
use poem_openapi::{Enum, Object};
use serde_json::Value;
use uuid::Uuid;

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum AuditResult {
    Ok,
    Denied,
    Failed,
}

impl AuditResult {
    /// As stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// Who did what, when and how it went.
#[derive(Debug, Object)]
pub struct AuditEntry {
    pub audit_entry_id: Uuid,
    pub at: DateTime<Utc>,
    /// `person:<id>`, `api_key:<id>`, `service:<name>` or `operator`.
    pub actor: String,
    /// Such as `member.changed`.
    pub action: String,
    /// What it was done to.
    pub object: String,
    /// `ok`, `denied` or `failed`.
    pub result: String,
    /// What the action tells besides; never a secret.
    pub detail: Value,
    pub ip: Option<String>,
    pub request_id: Option<String>,
}

impl From<Recorded> for AuditEntry {
    fn from(line: Recorded) -> Self {
        Self {
            audit_entry_id: line.audit_entry_id,
            at: line.at,
            actor: line.actor,
            action: line.action,
            object: line.object,
            result: line.result,
            detail: line.detail,
            ip: line.ip.map(|ip| ip.to_string()),
            request_id: line.request_id,
        }
    }
}

/// One page, newest first.
#[derive(Debug, Object)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Continues the list; none on its last page.
    pub next_cursor: Option<String>,
}
