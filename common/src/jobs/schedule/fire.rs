//! Deciding about the slots of one schedule, in one transaction with the jobs that come of it.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::view::{ScheduleView, show};
use super::{OverlapPolicy, Planner, Refusal, Slot, Slots, decide, jitter, outcome};
use crate::db::{Db, DbError, TenantTx, sql};
use crate::jobs::{self, SubmitError};
use crate::kernel::{ScheduleId, TenantScope};

/// Runs what is due of the schedule at `now`. What someone else decides right now is theirs.
pub(super) async fn fire(
    db: &Db,
    scope: &TenantScope,
    id: ScheduleId,
    now: DateTime<Utc>,
    planner: &dyn Planner,
) -> Result<(), DbError> {
    let mut tx = db.tenant(scope).await?;
    let Some(from) = lock_due(&mut tx, id, now).await? else { return Ok(()) };
    let Some(schedule) = show(&mut tx, id).await? else { return Ok(()) };
    let definition = &schedule.definition;
    let Ok(slots) = Slots::parse(&definition.cron, &definition.time_zone) else {
        // Written by a newer version: left to it.
        tracing::error!(schedule.id = %id, "the times of a schedule cannot be read");
        return Ok(());
    };
    let delay = |slot| jitter(id, slot, definition.jitter_seconds);
    let decision = decide(&slots, from, now, definition.missed, delay);
    let busy = definition.overlap == OverlapPolicy::Skip && live_run(&mut tx, id).await?;
    let several = decision.run.len() > 1;
    for at in decision.run {
        let slot = Slot { at, zone: slots.zone() };
        run(&mut tx, &schedule, slot, busy, several, planner).await?;
    }
    sql::query(
        "UPDATE schedule SET next_slot_at = $3, last_slot_at = coalesce($4, last_slot_at)
         WHERE tenant_id = $1 AND schedule_id = $2",
    )
    .bind(scope.tenant_id().uuid())
    .bind(id.uuid())
    .bind(decision.next)
    .bind(decision.last)
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// The first slot that is not decided yet, if it has come and nobody else is at it.
async fn lock_due(
    tx: &mut TenantTx,
    id: ScheduleId,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let tenant = tx.tenant();
    let slot = sql::query_scalar(
        "SELECT next_slot_at FROM schedule
         WHERE tenant_id = $1 AND schedule_id = $2 AND paused_at IS NULL AND next_slot_at <= $3
         FOR UPDATE SKIP LOCKED",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(slot)
}

async fn live_run(tx: &mut TenantTx, id: ScheduleId) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let live = sql::query_scalar(
        "SELECT EXISTS (
           SELECT FROM schedule_run r
           JOIN job j ON j.tenant_id = r.tenant_id AND j.job_id = r.job_id
                     AND j.month >= 'infinity'
           WHERE r.tenant_id = $1 AND r.schedule_id = $2 AND r.settled_at IS NULL
             AND j.state IN ('pending', 'running', 'paused'))",
    )
    .bind(tenant)
    .bind(id.uuid())
    .fetch_one(tx.conn())
    .await?;
    Ok(live)
}

/// Decides about one slot; what was decided before stays.
async fn run(
    tx: &mut TenantTx,
    schedule: &ScheduleView,
    slot: Slot,
    busy: bool,
    several: bool,
    planner: &dyn Planner,
) -> Result<(), DbError> {
    let (tenant, id) = (tx.tenant(), schedule.schedule_id);
    let ours = sql::query(
        "INSERT INTO schedule_run (tenant_id, schedule_id, slot_at, outcome, settled_at)
         VALUES ($1, $2, $3, 'overlapped', clock_timestamp()) ON CONFLICT DO NOTHING",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(slot.at)
    .execute(tx.conn())
    .await?;
    if ours.rows_affected() == 0 || busy {
        return Ok(());
    }
    let (outcome, job) = match submit(tx, schedule, slot, several, planner).await? {
        Ok((job, existing)) => (if existing { "joined" } else { "submitted" }, Some(job)),
        Err(refusal) => {
            let error = json!({
                "code": jobs::ErrorCode::InvalidPayload, "message": refusal.0,
                "class": jobs::Class::Configuration, "at": slot.at,
            });
            outcome::failed(tx, schedule, &error, true, planner).await?;
            ("refused", None)
        }
    };
    sql::query(
        "UPDATE schedule_run SET outcome = $4, job_id = $5,
           settled_at = CASE WHEN $5::uuid IS NULL THEN settled_at END
         WHERE tenant_id = $1 AND schedule_id = $2 AND slot_at = $3",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(slot.at)
    .bind(outcome)
    .bind(job)
    .execute(tx.conn())
    .await?;
    tracing::info!(tenant.id = %tenant, schedule.id = %id, slot = %slot.at, outcome, "slot decided");
    Ok(())
}

async fn submit(
    tx: &mut TenantTx,
    schedule: &ScheduleView,
    slot: Slot,
    several: bool,
    planner: &dyn Planner,
) -> Result<Result<(uuid::Uuid, bool), Refusal>, DbError> {
    let definition = &schedule.definition;
    let mut job = match planner.plan(&definition.kind, &definition.parameters, slot) {
        Ok(job) => job,
        Err(refusal) => return Ok(Err(refusal)),
    };
    job.requested_by = format!("schedule:{}", schedule.schedule_id);
    if several || definition.overlap == OverlapPolicy::Allow {
        // Each slot is a run of its own.
        job.unique_key = None;
    }
    match jobs::submit(tx, job).await {
        Ok(submitted) => Ok(Ok((submitted.job_id.uuid(), submitted.existing))),
        Err(SubmitError::Graph(error)) => Ok(Err(Refusal(error.to_string()))),
        Err(SubmitError::Db(error)) => Err(error),
    }
}
