//! What a step has done so far, over all its attempts.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::domain::file::Feed;

/// Kept as the step's checkpoint and shown as its outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tally {
    /// Files whose rows took effect.
    pub(super) files: u64,
    /// Files with a content that was loaded before.
    pub(super) duplicate_files: u64,
    /// Rows that took effect.
    pub(super) loaded: u64,
    /// Of these, new or different.
    pub(super) changed: u64,
    pub(super) rejected: u64,
    /// Rows that a later row of the same file with the same key took the place of.
    pub(super) duplicates: u64,
    pub(super) deactivated: u64,
    /// The load under way: whoever finds it in a checkpoint finds what a dead worker left.
    pub(super) load: Option<Uuid>,
}

impl Tally {
    /// The outcome for a tenant who has no files of this kind.
    pub(super) fn nothing_to_load(feed: Feed) -> Value {
        Self::default().with(&[format!("the SFTP connection names no path for {feed}")])
    }

    pub(super) fn outcome(&self) -> Value {
        self.with(&self.warnings())
    }

    fn with(&self, warnings: &[String]) -> Value {
        json!({
            "files": self.files,
            "duplicate_files": self.duplicate_files,
            "loaded": self.loaded,
            "changed": self.changed,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "deactivated": self.deactivated,
            "warnings": warnings,
        })
    }

    fn warnings(&self) -> Vec<String> {
        match self.duplicates {
            0 => vec![],
            n => vec![format!("{n} rows repeat a code of their file; the last row of each won")],
        }
    }
}
