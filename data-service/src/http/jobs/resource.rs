//! A job as the API shows it.

use chrono::{DateTime, Utc};
use poem_openapi::{Enum, Object};
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum JobStatus {
    Pending,
    Running,
    Paused,
    Succeeded,
    SucceededWithRejects,
    Failed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum StepStatus {
    Waiting,
    Ready,
    Running,
    Done,
    Failed,
    Skipped,
    Cancelled,
}

/// What trying again would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ExceptionClass {
    Transient,
    Permanent,
    Configuration,
}

/// A job without its steps.
#[derive(Debug, Object)]
pub struct JobItem {
    pub id: Uuid,
    pub kind: String,
    pub status: JobStatus,
    /// What was asked for.
    pub parameters: Value,
    /// `person:<id>`, `cli` or `schedule:<id>`.
    pub requested_by: String,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub step_counts: StepCounts,
}

/// A job with its steps.
#[derive(Debug, Object)]
pub struct Job {
    #[oai(flatten)]
    pub item: JobItem,
    pub progress: JobProgress,
    pub steps: Vec<Step>,
    /// The exceptions of all steps, oldest first.
    pub exceptions: Vec<JobException>,
}

/// Steps by where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
pub struct StepCounts {
    pub total: i64,
    /// Waiting or ready.
    pub pending: i64,
    pub running: i64,
    pub done: i64,
    pub failed: i64,
    /// Skipped or cancelled.
    pub dropped: i64,
}

/// Sums over the steps. The total grows while steps are found; nothing ever shrinks.
#[derive(Debug, Clone, Copy, PartialEq, Object)]
pub struct JobProgress {
    pub rows_done: u64,
    pub rows_total: u64,
    /// Bytes read from the source.
    pub bytes: u64,
    /// From 0 to 100; none while no step knows its total. May fall when further steps are found.
    pub percent: Option<f64>,
}

#[derive(Debug, Object)]
pub struct Step {
    pub id: Uuid,
    pub label: String,
    pub kind: String,
    pub status: StepStatus,
    /// Steps that had to be done first.
    pub needs: Vec<Uuid>,
    pub attempts: i32,
    pub max_attempts: i32,
    /// When a ready step may start.
    pub run_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Seconds from the first start to the end, or until now; over all attempts and pauses between them.
    pub duration_seconds: Option<f64>,
    /// Rows handled, over all attempts.
    pub rows: u64,
    /// Bytes read from the source.
    pub bytes: u64,
    pub progress: Option<StepProgress>,
    /// Every attempt, oldest first.
    pub attempt_log: Vec<Attempt>,
    /// What the step reports about its work.
    pub outcome: Option<Value>,
    /// Some of the input was refused.
    pub rejects: bool,
    pub exceptions: Vec<JobException>,
}

#[derive(Debug, Clone, PartialEq, Object)]
pub struct StepProgress {
    /// What the step is at.
    pub phase: String,
    pub rows_done: u64,
    /// 0 while unknown.
    pub rows_total: u64,
    pub bytes: u64,
    /// From 0 to 100; none while the total is unknown.
    pub percent: Option<f64>,
    /// Seconds that are probably left, at the pace of this attempt; none while nothing is known.
    pub eta_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum AttemptOutcome {
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
#[derive(Debug, Object)]
pub struct Attempt {
    /// From 1. One that was handed back shares its number with the next.
    pub number: i32,
    /// Machine and process.
    pub worker: String,
    pub started_at: DateTime<Utc>,
    /// None while it runs.
    pub ended_at: Option<DateTime<Utc>>,
    pub result: Option<AttemptOutcome>,
}

/// One failed attempt. A later success sets `resolved_at`.
#[derive(Debug, Clone, Object)]
pub struct JobException {
    /// From the list in the documentation of jobs.
    pub code: String,
    /// What happened, and what to do.
    pub message: String,
    pub class: ExceptionClass,
    pub attempt: i32,
    pub at: DateTime<Utc>,
    pub resolved_at: Option<DateTime<Utc>>,
}
