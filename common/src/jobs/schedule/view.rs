//! What people see of schedules.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{MissedPolicy, NewSchedule, OverlapPolicy};
use crate::db::{DbError, TenantTx, sql};
use crate::kernel::{JobId, ScheduleId};

/// A stored schedule.
#[derive(Debug, Clone)]
pub struct ScheduleView {
    pub schedule_id: ScheduleId,
    pub definition: NewSchedule,
    /// Counts the changes people made, from 1.
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub paused_at: Option<DateTime<Utc>>,
    pub pause_reason: Option<String>,
    /// The newest slot that came.
    pub last_slot_at: Option<DateTime<Utc>>,
    /// The job of the newest run.
    pub last_job_id: Option<JobId>,
    pub next_slot_at: Option<DateTime<Utc>>,
    /// Failed runs since the last one that succeeded.
    pub failure_streak: i32,
    pub failing_since: Option<DateTime<Utc>>,
    /// The last exception of the streak.
    pub last_error: Option<Value>,
    /// When the tenant's admins were told about the streak.
    pub notified_at: Option<DateTime<Utc>>,
}

macro_rules! select_schedule {
    ($condition:literal) => {
        concat!(
            "SELECT s.*, (SELECT r.job_id FROM schedule_run r
                          WHERE r.tenant_id = s.tenant_id AND r.schedule_id = s.schedule_id
                            AND r.job_id IS NOT NULL
                          ORDER BY r.slot_at DESC LIMIT 1) AS last_job_id
             FROM schedule s WHERE s.tenant_id = $1 AND ",
            $condition
        )
    };
}

/// All schedules of the transaction's tenant, by name.
///
/// # Errors
/// What the database refused.
pub async fn list(tx: &mut TenantTx) -> Result<Vec<ScheduleView>, DbError> {
    let tenant = tx.tenant();
    let rows = sql::query(select_schedule!("true ORDER BY s.name"))
        .bind(tenant)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.iter().map(view).collect::<Result<_, sqlx::Error>>()?)
}

/// One schedule; none when the tenant has no such one.
///
/// # Errors
/// What the database refused.
pub async fn show(tx: &mut TenantTx, id: ScheduleId) -> Result<Option<ScheduleView>, DbError> {
    let tenant = tx.tenant();
    let row = sql::query(select_schedule!("s.schedule_id = $2"))
        .bind(tenant)
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.as_ref().map(view).transpose()?)
}

/// As [`show`], and nobody else changes it until the transaction ends.
///
/// # Errors
/// What the database refused.
pub async fn lock(tx: &mut TenantTx, id: ScheduleId) -> Result<Option<ScheduleView>, DbError> {
    let tenant = tx.tenant();
    sql::query("SELECT FROM schedule WHERE tenant_id = $1 AND schedule_id = $2 FOR UPDATE")
        .bind(tenant)
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    show(tx, id).await
}

fn view(row: &PgRow) -> Result<ScheduleView, sqlx::Error> {
    let missed: String = row.try_get("missed_policy")?;
    let overlap: String = row.try_get("overlap_policy")?;
    let jitter: i32 = row.try_get("jitter_seconds")?;
    let job: Option<Uuid> = row.try_get("last_job_id")?;
    Ok(ScheduleView {
        schedule_id: ScheduleId::from_uuid(row.try_get("schedule_id")?),
        definition: NewSchedule {
            name: row.try_get("name")?,
            kind: row.try_get("job_kind")?,
            parameters: row.try_get("parameters")?,
            cron: row.try_get("cron")?,
            time_zone: row.try_get("time_zone")?,
            missed: MissedPolicy::from_stored(&missed, row.try_get("catch_up_limit")?),
            overlap: OverlapPolicy::from_stored(&overlap),
            jitter_seconds: jitter.unsigned_abs(),
        },
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
        paused_at: row.try_get("paused_at")?,
        pause_reason: row.try_get("pause_reason")?,
        last_slot_at: row.try_get("last_slot_at")?,
        last_job_id: job.map(JobId::from_uuid),
        next_slot_at: row.try_get("next_slot_at")?,
        failure_streak: row.try_get("failure_streak")?,
        failing_since: row.try_get("failing_since")?,
        last_error: row.try_get("last_error")?,
        notified_at: row.try_get("notified_at")?,
    })
}

// The database's checks know the same words.
impl MissedPolicy {
    pub(super) const fn stored(self) -> (&'static str, i32) {
        match self {
            Self::Skip => ("skip", 0),
            Self::RunOnce => ("run_once", 0),
            Self::CatchUp(limit) => ("catch_up", limit as i32),
        }
    }

    fn from_stored(word: &str, limit: i32) -> Self {
        match word {
            "skip" => Self::Skip,
            "catch_up" => Self::CatchUp(limit.unsigned_abs()),
            _ => Self::RunOnce,
        }
    }
}

impl OverlapPolicy {
    pub(super) const fn stored(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Allow => "allow",
        }
    }

    fn from_stored(word: &str) -> Self {
        if word == "allow" { Self::Allow } else { Self::Skip }
    }
}
