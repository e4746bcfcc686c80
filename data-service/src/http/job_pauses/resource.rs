//! A pause as the API shows it.

use chrono::{DateTime, Utc};
use common::jobs::control::Hold;
use poem_openapi::{Enum, Object};

use crate::app::submit_job::{BRANCH_REPORT, INGEST, MASTER_DATA, NIGHTLY};

/// What may be held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PausedKind {
    /// Jobs of every kind.
    All,
    Ingest,
    MasterData,
    BranchReport,
    Nightly,
}

/// No further step of these jobs starts; what runs goes on to its end.
#[derive(Debug, Object)]
pub struct JobPause {
    /// Kind of job, or `all`.
    pub kind: String,
    pub paused_at: DateTime<Utc>,
    pub paused_by: String,
}

impl PausedKind {
    /// None means every kind.
    pub(super) const fn stored(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Ingest => Some(INGEST),
            Self::MasterData => Some(MASTER_DATA),
            Self::BranchReport => Some(BRANCH_REPORT),
            Self::Nightly => Some(NIGHTLY),
        }
    }
}

impl From<Hold> for JobPause {
    fn from(hold: Hold) -> Self {
        let Hold { kind, paused_at, paused_by } = hold;
        let kind = if kind.is_empty() { "all".to_owned() } else { kind };
        Self { kind, paused_at, paused_by }
    }
}
