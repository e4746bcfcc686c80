//! From the engine's view of a job to the API's.

use chrono::{DateTime, Utc};
use common::jobs::{
    self, AttemptRecord, AttemptResult, Class, Exception, JobState, JobSummary, JobView,
    ProgressSnapshot, StepState, StepView,
};
use common::kernel::StepId;

use super::resource::{
    Attempt, AttemptOutcome, ExceptionClass, Job, JobException, JobItem, JobProgress, JobStatus,
    Step, StepCounts, StepProgress, StepStatus,
};

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
        let sum = job.steps.iter().filter_map(|step| step.progress.as_ref()).fold(
            ProgressSnapshot::default(),
            |sum, step| ProgressSnapshot {
                phase: sum.phase,
                rows_done: sum.rows_done.saturating_add(step.rows_done),
                rows_total: sum.rows_total.saturating_add(step.rows_total),
                bytes: sum.bytes.saturating_add(step.bytes),
            },
        );
        let percent = sum.percent();
        Self { rows_done: sum.rows_done, rows_total: sum.rows_total, bytes: sum.bytes, percent }
    }
}

impl Job {
    /// As it stands at `now`.
    pub(super) fn seen_at(job: JobView, now: DateTime<Utc>) -> Self {
        let progress = JobProgress::from(&job);
        let steps: Vec<Step> = job.steps.into_iter().map(|step| Step::seen_at(step, now)).collect();
        let mut exceptions: Vec<_> =
            steps.iter().flat_map(|step| step.exceptions.iter().cloned()).collect();
        exceptions.sort_by_key(|exception| exception.at);
        Self { item: job.summary.into(), progress, steps, exceptions }
    }
}

impl Step {
    fn seen_at(step: StepView, now: DateTime<Utc>) -> Self {
        let progress = StepProgress::of(&step);
        let until = step.finished_at.unwrap_or(now);
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
            duration_seconds: step
                .started_at
                .map(|start| (until - start).as_seconds_f64().max(0.0)),
            rows: progress.as_ref().map_or(0, |progress| progress.rows_done),
            bytes: progress.as_ref().map_or(0, |progress| progress.bytes),
            progress,
            attempt_log: step.attempt_log.into_iter().map(Attempt::from).collect(),
            outcome: step.outcome,
            rejects: step.rejects,
            exceptions: step.exceptions.into_iter().map(JobException::from).collect(),
        }
    }
}

impl StepProgress {
    /// None before the step reported anything.
    pub(super) fn of(step: &StepView) -> Option<Self> {
        step.progress.as_ref().map(|progress| Self {
            phase: progress.phase.clone(),
            rows_done: progress.rows_done,
            rows_total: progress.rows_total,
            bytes: progress.bytes,
            percent: progress.percent(),
            eta_seconds: step.eta.map(|eta| eta.as_secs()),
        })
    }
}

impl From<AttemptRecord> for Attempt {
    fn from(attempt: AttemptRecord) -> Self {
        let AttemptRecord { number, worker, started_at, ended_at, result } = attempt;
        let result = result.map(AttemptOutcome::from);
        Self { number, worker, started_at, ended_at, result }
    }
}

impl From<AttemptResult> for AttemptOutcome {
    fn from(result: AttemptResult) -> Self {
        match result {
            AttemptResult::Done => Self::Done,
            AttemptResult::Retried => Self::Retried,
            AttemptResult::Failed => Self::Failed,
            AttemptResult::Cancelled => Self::Cancelled,
            AttemptResult::HandedBack => Self::HandedBack,
            AttemptResult::Lost => Self::Lost,
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
