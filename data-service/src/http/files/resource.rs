//! A file as the API shows it.

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use uuid::Uuid;

use crate::app::files::LedgerEntry;

/// What a file tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum FileFeed {
    Customers,
    Locations,
}

impl FileFeed {
    pub(super) const fn stored(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Locations => "locations",
        }
    }
}

/// What became of a version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum FileStatus {
    Seen,
    Loaded,
    LoadedWithRejects,
    /// Its content was loaded before.
    Duplicate,
    /// Left alone: `reason` says why.
    Skipped,
    /// Refused as a whole; the next job tries again.
    Failed,
}

impl FileStatus {
    pub(super) const ALL: [Self; 6] = [
        Self::Seen,
        Self::Loaded,
        Self::LoadedWithRejects,
        Self::Duplicate,
        Self::Skipped,
        Self::Failed,
    ];

    pub(super) const fn stored(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Loaded => "loaded",
            Self::LoadedWithRejects => "loaded_with_rejects",
            Self::Duplicate => "duplicate",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One version of one file.
#[derive(Debug, Object)]
pub struct SourceFile {
    pub id: Uuid,
    pub feed: FileFeed,
    /// On the server, below the login's folder.
    pub path: String,
    /// In bytes; none for entries that were skipped.
    pub size: Option<i64>,
    /// None for entries that were skipped.
    pub modified_at: Option<DateTime<Utc>>,
    /// Of the bytes as they lie there, in hexadecimal digits; none when they were not read to the end.
    pub sha256: Option<String>,
    pub status: FileStatus,
    /// Why it was skipped, refused or found to be a duplicate.
    pub reason: Option<String>,
    pub loaded_rows: i64,
    pub rejected_rows: i64,
    /// When this version was met first.
    pub seen_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl From<LedgerEntry> for SourceFile {
    fn from(entry: LedgerEntry) -> Self {
        let known = |status: &FileStatus| status.stored() == entry.state;
        // The table admits these states and feeds only.
        let status = FileStatus::ALL.into_iter().find(known).unwrap_or(FileStatus::Seen);
        let read = status != FileStatus::Skipped;
        let locations = entry.feed == FileFeed::Locations.stored();
        Self {
            id: entry.source_file_id,
            feed: if locations { FileFeed::Locations } else { FileFeed::Customers },
            path: entry.path,
            size: read.then_some(entry.size),
            modified_at: read.then_some(entry.modified_at),
            sha256: entry
                .sha256
                .map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()),
            status,
            reason: entry.reason,
            loaded_rows: entry.loaded_rows,
            rejected_rows: entry.rejected_rows,
            seen_at: entry.seen_at,
            finished_at: entry.finished_at,
        }
    }
}
