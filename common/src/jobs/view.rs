//! What people see of jobs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{AttemptRecord, Exception, JobState, ProgressSnapshot, StepState, eta};
use crate::db::{DbError, TenantTx, sql};
use crate::kernel::{JobId, StepId};

/// Steps of a job, by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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

/// A job without its steps.
#[derive(Debug, Clone)]
pub struct JobSummary {
    pub job_id: JobId,
    pub kind: String,
    pub state: JobState,
    pub parameters: Value,
    pub requested_by: String,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub steps: StepCounts,
}

/// A job with its steps, oldest first.
#[derive(Debug, Clone)]
pub struct JobView {
    pub summary: JobSummary,
    pub steps: Vec<StepView>,
}

#[derive(Debug, Clone)]
pub struct StepView {
    pub step_id: StepId,
    pub label: String,
    pub kind: String,
    pub state: StepState,
    pub needs: Vec<StepId>,
    pub attempts: i32,
    pub max_attempts: i32,
    /// When a ready step may start.
    pub run_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub progress: Option<ProgressSnapshot>,
    /// How long it will probably take from its last progress; only while it runs.
    pub eta: Option<Duration>,
    /// Oldest first, the running one last.
    pub attempt_log: Vec<AttemptRecord>,
    pub outcome: Option<Value>,
    pub rejects: bool,
    pub exceptions: Vec<Exception>,
}

/// Where a page of jobs ends: the next one begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobPosition {
    pub created_at: DateTime<Utc>,
    pub job_id: JobId,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    pub kind: Option<String>,
    pub state: Option<JobState>,
}

macro_rules! select_job {
    ($condition:literal) => {
        concat!(
            "SELECT j.job_id, j.kind, j.state, j.parameters, j.requested_by, j.created_at,
                    j.started_at, j.finished_at, j.cancel_requested_at, c.*
             FROM job j CROSS JOIN LATERAL (
               SELECT count(*) AS total,
                      count(*) FILTER (WHERE s.state IN ('waiting', 'ready')) AS pending,
                      count(*) FILTER (WHERE s.state = 'running') AS running,
                      count(*) FILTER (WHERE s.state = 'done') AS done,
                      count(*) FILTER (WHERE s.state = 'failed') AS failed,
                      count(*) FILTER (WHERE s.state IN ('skipped', 'cancelled')) AS dropped
               FROM job_step s WHERE s.tenant_id = j.tenant_id AND s.job_id = j.job_id) AS c
             WHERE j.tenant_id = $1 AND ",
            $condition
        )
    };
}

/// One page of the tenant's jobs, newest first.
///
/// # Errors
/// What the database refused.
pub async fn list(
    tx: &mut TenantTx,
    filter: &JobFilter,
    after: Option<JobPosition>,
    limit: i64,
) -> Result<Vec<JobSummary>, DbError> {
    let rows = sql::query(select_job!(
        "($2::text IS NULL OR j.kind = $2) AND ($3::text IS NULL OR j.state = $3)
         AND ($4::timestamptz IS NULL OR (j.created_at, j.job_id) < ($4, $5))
         ORDER BY j.created_at DESC, j.job_id DESC LIMIT $6"
    ))
    .bind(tx.tenant())
    .bind(&filter.kind)
    .bind(filter.state.map(JobState::as_str))
    .bind(after.map(|a| a.created_at))
    .bind(after.map(|a| a.job_id.uuid()))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.iter().map(summary).collect::<Result<_, sqlx::Error>>()?)
}

/// A job with its steps; none when the tenant has no such job.
///
/// # Errors
/// What the database refused.
pub async fn show(tx: &mut TenantTx, job: JobId) -> Result<Option<JobView>, DbError> {
    let row = sql::query(select_job!("j.job_id = $2"))
        .bind(tx.tenant())
        .bind(job.uuid())
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    // While a step runs its newest progress is in the lease.
    let steps = sql::query(
        "SELECT s.step_id, s.label, s.kind, s.state, s.needs, s.attempts, s.max_attempts,
                s.run_at, s.started_at, s.finished_at, coalesce(l.progress, s.progress) AS progress,
                (s.progress->>'rows_done')::bigint AS rows_before, s.outcome, s.rejects,
                s.exceptions, s.attempt_log, l.worker, l.taken_at, l.progressed_at
         FROM job_step s
         LEFT JOIN lease l ON l.tenant_id = s.tenant_id AND l.step_id = s.step_id
         WHERE s.tenant_id = $1 AND s.job_id = $2 ORDER BY s.step_id",
    )
    .bind(tx.tenant())
    .bind(job.uuid())
    .fetch_all(tx.conn())
    .await?;
    let steps = steps.iter().map(step).collect::<Result<_, sqlx::Error>>()?;
    Ok(Some(JobView { summary: summary(&row)?, steps }))
}

fn summary(row: &PgRow) -> Result<JobSummary, sqlx::Error> {
    Ok(JobSummary {
        job_id: JobId::from_uuid(row.try_get("job_id")?),
        kind: row.try_get("kind")?,
        state: parsed(row, "state")?,
        parameters: row.try_get("parameters")?,
        requested_by: row.try_get("requested_by")?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        cancel_requested_at: row.try_get("cancel_requested_at")?,
        steps: StepCounts {
            total: row.try_get("total")?,
            pending: row.try_get("pending")?,
            running: row.try_get("running")?,
            done: row.try_get("done")?,
            failed: row.try_get("failed")?,
            dropped: row.try_get("dropped")?,
        },
    })
}

fn step(row: &PgRow) -> Result<StepView, sqlx::Error> {
    let needs: Vec<Uuid> = row.try_get("needs")?;
    let progress: Option<Json<ProgressSnapshot>> = row.try_get("progress")?;
    let exceptions: Json<Vec<Exception>> = row.try_get("exceptions")?;
    let attempts = row.try_get("attempts")?;
    let mut attempt_log: Json<Vec<AttemptRecord>> = row.try_get("attempt_log")?;
    let mut remaining = None;
    if let Some(started_at) = row.try_get::<Option<DateTime<Utc>>, _>("taken_at")? {
        let worker = row.try_get("worker")?;
        let running =
            AttemptRecord { number: attempts, worker, started_at, ended_at: None, result: None };
        attempt_log.0.push(running);
        let before: Option<i64> = row.try_get("rows_before")?;
        let progressed_at: DateTime<Utc> = row.try_get("progressed_at")?;
        let elapsed = (progressed_at - started_at).to_std().unwrap_or_default();
        let before = before.and_then(|rows| u64::try_from(rows).ok()).unwrap_or_default();
        remaining = progress.as_ref().and_then(|now| eta::remaining(before, &now.0, elapsed));
    }
    Ok(StepView {
        step_id: StepId::from_uuid(row.try_get("step_id")?),
        label: row.try_get("label")?,
        kind: row.try_get("kind")?,
        state: parsed(row, "state")?,
        needs: needs.into_iter().map(StepId::from_uuid).collect(),
        attempts,
        max_attempts: row.try_get("max_attempts")?,
        run_at: row.try_get("run_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        progress: progress.map(|json| json.0),
        eta: remaining,
        attempt_log: attempt_log.0,
        outcome: row.try_get("outcome")?,
        rejects: row.try_get("rejects")?,
        exceptions: exceptions.0,
    })
}

fn parsed<T>(row: &PgRow, column: &str) -> Result<T, sqlx::Error>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.try_get::<String, _>(column)?.parse().map_err(|e| sqlx::Error::Decode(Box::new(e)))
}
