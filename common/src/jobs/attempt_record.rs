//! What is kept of every attempt at a step.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptResult {
    Done,
    /// It failed and another one follows.
    Retried,
    /// It failed and was the last one.
    Failed,
    Cancelled,
    /// The worker was stopped; the attempt does not count.
    HandedBack,
    /// The worker went away.
    Lost,
}

/// One attempt at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// From 1. One that was handed back shares its number with the next.
    pub number: i32,
    pub worker: String,
    pub started_at: DateTime<Utc>,
    /// None while it runs.
    pub ended_at: Option<DateTime<Utc>>,
    pub result: Option<AttemptResult>,
}
