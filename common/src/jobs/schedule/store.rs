//! Schedules as people write them. The version counts the changes people make, not the runs.

use serde_json::Value;

use super::view::{ScheduleView, show};
use super::{MissedPolicy, OverlapPolicy, Slots, TimingError};
use crate::db::{DbError, TenantTx, sql};
use crate::kernel::{ScheduleId, SharedClock};

/// Schedules of one tenant; each is looked at again and again.
const MOST: i64 = 200;

/// A schedule as it is asked for.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// Unique within the tenant.
    pub name: String,
    /// Of the scheduled job, for [`super::Planner::plan`].
    pub kind: String,
    pub parameters: Value,
    pub cron: String,
    /// IANA name.
    pub time_zone: String,
    pub missed: MissedPolicy,
    pub overlap: OverlapPolicy,
    /// Runs start up to this much after their slot.
    pub jitter_seconds: u32,
}

/// Why a schedule was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("there is no such schedule")]
    NotFound,
    #[error("another schedule has this name")]
    NameTaken,
    #[error("a tenant has {} schedules at most; remove one first", MOST)]
    TooMany,
    #[error(transparent)]
    Timing(#[from] TimingError),
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for ScheduleError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unique { constraint } if constraint == "schedule_name_unique" => {
                Self::NameTaken
            }
            error => Self::Db(error),
        }
    }
}

impl From<sqlx::Error> for ScheduleError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}

/// Stores a schedule; its first slot is the first one after now.
///
/// # Errors
/// When its times cannot be used, its name is taken or the tenant has too many.
pub async fn create(
    tx: &mut TenantTx,
    clock: &SharedClock,
    new: &NewSchedule,
) -> Result<ScheduleView, ScheduleError> {
    let (tenant, id) = (tx.tenant(), ScheduleId::mint());
    let next = first_slot(clock, new)?;
    if count(tx).await? >= MOST {
        return Err(ScheduleError::TooMany);
    }
    let (missed, limit) = new.missed.stored();
    sql::query(
        "INSERT INTO schedule
           (tenant_id, schedule_id, name, job_kind, parameters, cron, time_zone, missed_policy,
            catch_up_limit, overlap_policy, jitter_seconds, next_slot_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(&new.name)
    .bind(&new.kind)
    .bind(&new.parameters)
    .bind(&new.cron)
    .bind(&new.time_zone)
    .bind(missed)
    .bind(limit)
    .bind(new.overlap.stored())
    .bind(i64::from(new.jitter_seconds))
    .bind(next)
    .execute(tx.conn())
    .await?;
    show(tx, id).await?.ok_or(ScheduleError::NotFound)
}

/// Replaces a schedule as a whole; its next slot is the first one after now.
///
/// # Errors
/// When its times cannot be used, its name is taken or there is no such schedule.
pub async fn replace(
    tx: &mut TenantTx,
    clock: &SharedClock,
    id: ScheduleId,
    new: &NewSchedule,
) -> Result<ScheduleView, ScheduleError> {
    let tenant = tx.tenant();
    let next = first_slot(clock, new)?;
    let (missed, limit) = new.missed.stored();
    sql::query(
        "UPDATE schedule
         SET name = $3, job_kind = $4, parameters = $5, cron = $6, time_zone = $7,
             missed_policy = $8, catch_up_limit = $9, overlap_policy = $10, jitter_seconds = $11,
             next_slot_at = $12, version = version + 1, updated_at = clock_timestamp()
         WHERE tenant_id = $1 AND schedule_id = $2",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(&new.name)
    .bind(&new.kind)
    .bind(&new.parameters)
    .bind(&new.cron)
    .bind(&new.time_zone)
    .bind(missed)
    .bind(limit)
    .bind(new.overlap.stored())
    .bind(i64::from(new.jitter_seconds))
    .bind(next)
    .execute(tx.conn())
    .await?;
    show(tx, id).await?.ok_or(ScheduleError::NotFound)
}

/// Removes a schedule; its jobs stay. False when there was none.
///
/// # Errors
/// What the database refused.
pub async fn remove(tx: &mut TenantTx, id: ScheduleId) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let removed = sql::query("DELETE FROM schedule WHERE tenant_id = $1 AND schedule_id = $2")
        .bind(tenant)
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// Keeps a schedule from running until [`resume`]. Its slots meanwhile are nobody's.
///
/// # Errors
/// When there is no such schedule.
pub async fn pause(
    tx: &mut TenantTx,
    id: ScheduleId,
    reason: &str,
) -> Result<ScheduleView, ScheduleError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE schedule
         SET paused_at = clock_timestamp(), pause_reason = $3, version = version + 1,
             updated_at = clock_timestamp()
         WHERE tenant_id = $1 AND schedule_id = $2 AND paused_at IS NULL",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(reason)
    .execute(tx.conn())
    .await?;
    show(tx, id).await?.ok_or(ScheduleError::NotFound)
}

/// Lets a schedule run again, from the first slot after now.
///
/// # Errors
/// When there is no such schedule.
pub async fn resume(
    tx: &mut TenantTx,
    clock: &SharedClock,
    id: ScheduleId,
) -> Result<ScheduleView, ScheduleError> {
    let tenant = tx.tenant();
    let view = show(tx, id).await?.ok_or(ScheduleError::NotFound)?;
    if view.paused_at.is_none() {
        return Ok(view);
    }
    let next = Slots::parse(&view.definition.cron, &view.definition.time_zone)?.next(clock.now());
    sql::query(
        "UPDATE schedule
         SET paused_at = NULL, pause_reason = NULL, next_slot_at = $3, version = version + 1,
             updated_at = clock_timestamp()
         WHERE tenant_id = $1 AND schedule_id = $2",
    )
    .bind(tenant)
    .bind(id.uuid())
    .bind(next)
    .execute(tx.conn())
    .await?;
    show(tx, id).await?.ok_or(ScheduleError::NotFound)
}

/// Two that are made at once may not see each other: one more than the limit does no harm.
async fn count(tx: &mut TenantTx) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    let count = sql::query_scalar("SELECT count(*) FROM schedule WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_one(tx.conn())
        .await?;
    Ok(count)
}

fn first_slot(
    clock: &SharedClock,
    new: &NewSchedule,
) -> Result<chrono::DateTime<chrono::Utc>, TimingError> {
    Slots::parse(&new.cron, &new.time_zone)?.next(clock.now()).ok_or(TimingError::Never)
}
