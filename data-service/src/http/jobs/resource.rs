//! A job as the API shows it.

use chrono::{DateTime, Utc};
use common::jobs::{
    self, Class, Exception, JobState, JobSummary, JobView, ProgressSnapshot, StepState, StepView,
};
use common::kernel::StepId;
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Object)]
pub struct JobProgress {
    pub rows_done: u64,
    pub rows_total: u64,
    /// Bytes read from the source.
    pub bytes: u64,
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
    pub progress: Option<StepProgress>,
    /// What the step reports about its work.
    pub outcome: Option<Value>,
    /// Some of the input was refused.
    pub rejects: bool,
    pub exceptions: Vec<JobException>,
}

#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct StepProgress {
    /// What the step is at.
    pub phase: String,
    pub rows_done: u64,
    /// 0 while unknown.
    pub rows_total: u64,
    pub bytes: u64,
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

impl From<JobState> for JobStatus {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Pending => Self::Pending,
            JobState::Running => Self::Running,
            JobState::Paused => Self::Paused,
            JobState::Succeeded => Self::Succeeded,
            JobState::SucceededWithRejects => Self::SucceededWithRejects,
            JobState::Failed => Self::Failed,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<JobStatus> for JobState {
    fn from(status: JobStatus) -> Self {
        match status {
            JobStatus::Pending => Self::Pending,
            JobStatus::Running => Self::Running,
            JobStatus::Paused => Self::Paused,
            JobStatus::Succeeded => Self::Succeeded,
            JobStatus::SucceededWithRejects => Self::SucceededWithRejects,
            JobStatus::Failed => Self::Failed,
            JobStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<StepState> for StepStatus {
    fn from(state: StepState) -> Self {
        match state {
            StepState::Waiting => Self::Waiting,
            StepState::Ready => Self::Ready,
            StepState::Running => Self::Running,
            StepState::Done => Self::Done,
            StepState::Failed => Self::Failed,
            StepState::Skipped => Self::Skipped,
            StepState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<jobs::StepCounts> for StepCounts {
    fn from(counts: jobs::StepCounts) -> Self {
        let jobs::StepCounts { total, pending, running, done, failed, dropped } = counts;
        Self { total, pending, running, done, failed, dropped }
    }
}

impl From<JobSummary> for JobItem {
    fn from(job: JobSummary) -> Self {
        Self {
            id: job.job_id.uuid(),
            kind: job.kind,
            status: job.state.into(),
            parameters: job.parameters,
            requested_by: job.requested_by,
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
            cancel_requested_at: job.cancel_requested_at,
            step_counts: job.steps.into(),
        }
    }
}

impl From<&JobView> for JobProgress {
    fn from(job: &JobView) -> Self {
        let zero = Self { rows_done: 0, rows_total: 0, bytes: 0 };
        job.steps.iter().filter_map(|step| step.progress.as_ref()).fold(zero, |sum, step| Self {
            rows_done: sum.rows_done.saturating_add(step.rows_done),
            rows_total: sum.rows_total.saturating_add(step.rows_total),
            bytes: sum.bytes.saturating_add(step.bytes),
        })
    }
}

impl From<JobView> for Job {
    fn from(job: JobView) -> Self {
        let progress = JobProgress::from(&job);
        let steps: Vec<Step> = job.steps.into_iter().map(Step::from).collect();
        let mut exceptions: Vec<_> =
            steps.iter().flat_map(|step| step.exceptions.iter().cloned()).collect();
        exceptions.sort_by_key(|exception| exception.at);
        Self { item: job.summary.into(), progress, steps, exceptions }
    }
}

impl From<StepView> for Step {
    fn from(step: StepView) -> Self {
        Self {
            id: step.step_id.uuid(),
            label: step.label,
            kind: step.kind,
            status: step.state.into(),
            needs: step.needs.into_iter().map(StepId::uuid).collect(),
            attempts: step.attempts,
            max_attempts: step.max_attempts,
            run_at: step.run_at,
            started_at: step.started_at,
            finished_at: step.finished_at,
            progress: step.progress.as_ref().map(StepProgress::from),
            outcome: step.outcome,
            rejects: step.rejects,
            exceptions: step.exceptions.into_iter().map(JobException::from).collect(),
        }
    }
}

impl From<&ProgressSnapshot> for StepProgress {
    fn from(progress: &ProgressSnapshot) -> Self {
        Self {
            phase: progress.phase.clone(),
            rows_done: progress.rows_done,
            rows_total: progress.rows_total,
            bytes: progress.bytes,
        }
    }
}

impl From<Exception> for JobException {
    fn from(exception: Exception) -> Self {
        Self {
            code: exception.code,
            message: exception.message,
            class: match exception.class {
                Class::Transient => ExceptionClass::Transient,
                Class::Permanent => ExceptionClass::Permanent,
                Class::Configuration => ExceptionClass::Configuration,
            },
            attempt: exception.attempt,
            at: exception.at,
            resolved_at: exception.resolved_at,
        }
    }
}
