//! What became of a schedule's runs: streaks of failures, told once each.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::view::{ScheduleView, show};
use super::{Alert, Planner, pause};
use crate::db::{Db, DbError, TenantTx, sql};
use crate::events::{self, Event};
use crate::jobs::{self, SubmitError};
use crate::kernel::{ScheduleId, TenantScope};

/// Counts the runs of the schedule that have finished, oldest first.
pub(super) async fn settle(
    db: &Db,
    scope: &TenantScope,
    id: ScheduleId,
    planner: &dyn Planner,
) -> Result<(), DbError> {
    let mut tx = db.tenant(scope).await?;
    let tenant = tx.tenant();
    let locked: Option<i32> = sql::query_scalar(
        "SELECT 1 FROM schedule WHERE tenant_id = $1 AND schedule_id = $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    if locked.is_none() {
        return Ok(());
    }
    let finished: Vec<(DateTime<Utc>, Uuid, String)> = sql::query_as(
        "SELECT r.slot_at, j.job_id, j.state
         FROM schedule_run r JOIN job j ON j.tenant_id = r.tenant_id AND j.job_id = r.job_id
         WHERE r.tenant_id = $1 AND r.schedule_id = $2 AND r.settled_at IS NULL
           AND j.finished_at IS NOT NULL
         ORDER BY r.slot_at",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_all(tx.conn())
    .await?;
    for (slot, job, state) in finished {
        count(&mut tx, id, job, &state, planner).await?;
        sql::query(
            "UPDATE schedule_run SET settled_at = clock_timestamp()
             WHERE tenant_id = $1 AND schedule_id = $2 AND slot_at = $3",
        )
        .bind(tenant)
        .bind(id.uuid())
        .bind(slot)
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await
}

async fn count(
    tx: &mut TenantTx,
    id: ScheduleId,
    job: Uuid,
    state: &str,
    planner: &dyn Planner,
) -> Result<(), DbError> {
    match state {
        "failed" => {
            let Some(schedule) = show(tx, id).await? else { return Ok(()) };
            let (error, settings) = last_error(tx, job).await?;
            failed(tx, &schedule, &error, settings, planner).await
        }
        "succeeded" | "succeeded_with_rejects" => succeeded(tx, id).await,
        // Someone cancelled it: that says nothing.
        _ => Ok(()),
    }
}

/// The newest exception of the job's failed steps, and whether one of them waits for a setting.
async fn last_error(tx: &mut TenantTx, job: Uuid) -> Result<(Value, bool), DbError> {
    let tenant = tx.tenant();
    let found: Option<(Value, bool)> = sql::query_as(
        "SELECT exceptions->-1, bool_or(exceptions->-1->>'class' = 'configuration') OVER ()
         FROM job_step
         WHERE tenant_id = $1 AND job_id = $2 AND state = 'failed'
           AND jsonb_array_length(exceptions) > 0
         ORDER BY finished_at DESC LIMIT 1",
    )
    .bind(tenant)
    .bind(job)
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.unwrap_or((Value::Null, false)))
}

/// Counts a failure. The first of a streak is told; one that needs a setting to be changed pauses
/// the schedule, because every further run would fail the same way.
pub(super) async fn failed(
    tx: &mut TenantTx,
    schedule: &ScheduleView,
    error: &Value,
    settings: bool,
    planner: &dyn Planner,
) -> Result<(), DbError> {
    let (tenant, id) = (tx.tenant(), schedule.schedule_id);
    let (first, failing_since): (bool, DateTime<Utc>) = sql::query_as(
        "UPDATE schedule s
         SET failure_streak = s.failure_streak + 1, last_error = $3,
             failing_since = coalesce(s.failing_since, clock_timestamp()),
             notified_at = coalesce(s.notified_at, clock_timestamp())
         FROM (SELECT notified_at FROM schedule WHERE tenant_id = $1 AND schedule_id = $2) AS old
         WHERE s.tenant_id = $1 AND s.schedule_id = $2
         RETURNING old.notified_at IS NULL, s.failing_since",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(error)
    .fetch_one(tx.conn())
    .await?;
    if settings {
        match pause(tx, id, "configuration").await {
            Ok(_) | Err(super::ScheduleError::NotFound) => {}
            Err(super::ScheduleError::Db(error)) => return Err(error),
            Err(error) => tracing::error!(%error, schedule.id = %id, "cannot be paused"),
        }
    }
    if first {
        let name = schedule.definition.name.clone();
        let alert = Alert { schedule_id: id, name, failing_since, error: error.clone() };
        tell(tx, &alert, planner).await?;
    }
    Ok(())
}

async fn succeeded(tx: &mut TenantTx, id: ScheduleId) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE schedule
         SET failure_streak = 0, failing_since = NULL, last_error = NULL, notified_at = NULL
         WHERE tenant_id = $1 AND schedule_id = $2 AND failure_streak > 0",
    )
    .bind(tenant)
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An event for whoever listens, and a job that mails it.
async fn tell(tx: &mut TenantTx, alert: &Alert, planner: &dyn Planner) -> Result<(), DbError> {
    let event = Event {
        kind: "schedule.failed",
        schema_version: 1,
        source: planner.service(),
        aggregate_type: "schedule",
        aggregate_id: alert.schedule_id.to_string(),
        // Grows with every streak of this schedule.
        sequence: alert.failing_since.timestamp_micros(),
        actor: &format!("schedule:{}", alert.schedule_id),
        payload: json!({
            "schedule_id": alert.schedule_id, "name": alert.name,
            "failing_since": alert.failing_since, "error": alert.error,
        }),
    };
    events::publish(tx, &event).await?;
    let Some(job) = planner.alert(alert) else { return Ok(()) };
    match jobs::submit(tx, job).await {
        Ok(_) => Ok(()),
        Err(SubmitError::Db(error)) => Err(error),
        Err(SubmitError::Graph(error)) => {
            tracing::error!(%error, "the alert of a schedule is no job");
            Ok(())
        }
    }
}
