//! What happened to an item.

use chrono::{DateTime, Utc};
use common::kernel::{JobId, StepId};

use super::NewItem;

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Created(NewItem),
    Skipped { note: String },
}

/// An event with its place in the item's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// From 1, without gaps.
    pub version: i32,
    pub at: DateTime<Utc>,
    pub event: Event,
}

/// Who or what made it happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// As in the audit trail.
    pub actor: String,
    pub job_id: Option<JobId>,
    pub step_id: Option<StepId>,
}
