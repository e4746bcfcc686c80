//! What went wrong on a step, kept on the step for good.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Class, Failure};

/// One failed attempt. A later success sets `resolved_at` and keeps the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    pub code: String,
    pub message: String,
    pub class: Class,
    /// From 1.
    pub attempt: i32,
    pub at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
}

/// What the database adds `at` to: it owns the clock of the engine.
pub(super) fn entry(failure: &Failure, attempt: i32) -> serde_json::Value {
    serde_json::json!({
        "code": failure.code,
        "message": failure.message,
        "class": failure.class,
        "attempt": attempt,
        "resolved_at": null,
    })
}
