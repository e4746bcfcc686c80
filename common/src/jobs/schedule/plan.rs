//! What a service adds to the scheduler: what its kinds of scheduled jobs consist of.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use crate::jobs::NewJob;
use crate::kernel::ScheduleId;

/// The instant a run is for, and the clock it was read on.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub at: DateTime<Utc>,
    pub zone: Tz,
}

/// The schedule's parameters make no job; a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// A schedule began to fail: told once, until a run succeeds again.
#[derive(Debug, Clone)]
pub struct Alert {
    pub schedule_id: ScheduleId,
    pub name: String,
    pub failing_since: DateTime<Utc>,
    /// The last exception, as in the API.
    pub error: Value,
}

/// Turns schedules into jobs.
pub trait Planner: Send + Sync + 'static {
    /// The service whose process this is, as the source of events.
    fn service(&self) -> &'static str;

    /// Kinds of scheduled jobs this process knows; others are left to other processes.
    fn kinds(&self) -> Vec<String>;

    /// The job for one slot. The scheduler sets who asked for it.
    ///
    /// # Errors
    /// When the parameters make no job of this kind.
    fn plan(&self, kind: &str, parameters: &Value, slot: Slot) -> Result<NewJob, Refusal>;

    /// The job that tells people about a failing schedule; none when nobody here can.
    fn alert(&self, alert: &Alert) -> Option<NewJob>;
}
