//! What people see of dead letters.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use crate::db::{DbError, TenantTx, sql};
use crate::jobs::Exception;
use crate::kernel::{DeadLetterId, JobId, StepId};

/// A step that used up its attempts.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub dead_letter_id: DeadLetterId,
    pub step_id: StepId,
    /// None when the job was removed with the history.
    pub job_id: Option<JobId>,
    /// Kind of step.
    pub kind: String,
    pub payload: Value,
    /// All of them, over every redrive.
    pub attempts: i32,
    pub error: Exception,
    pub created_at: DateTime<Utc>,
    /// The last time it died.
    pub died_at: DateTime<Utc>,
    /// When it was redriven; none while something is to be done.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Which dead letters; what is absent restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFilter {
    /// Kind of step.
    pub kind: Option<String>,
    /// Code of the last error.
    pub code: Option<String>,
    /// Those that nothing was done about.
    pub open: bool,
}

/// Where a page ends: the next one begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetterPosition {
    pub created_at: DateTime<Utc>,
    pub dead_letter_id: DeadLetterId,
}

macro_rules! select_letter {
    ($condition:literal) => {
        concat!(
            "SELECT d.dead_letter_id, d.origin_id, s.job_id, d.payload->>'kind' AS kind,
                    d.payload->'payload' AS payload, d.attempts, d.error, d.created_at,
                    d.died_at, d.resolved_at
             FROM dead_letter d
             LEFT JOIN job_step s ON s.tenant_id = d.tenant_id AND s.step_id = d.origin_id
             WHERE d.tenant_id = $1 AND d.origin = 'job_step' AND ",
            $condition
        )
    };
}

/// Up to `limit` dead letters after `after`, newest first.
///
/// # Errors
/// What the database refused.
pub async fn list(
    tx: &mut TenantTx,
    filter: &DeadLetterFilter,
    after: Option<DeadLetterPosition>,
    limit: i64,
) -> Result<Vec<DeadLetter>, DbError> {
    let tenant = tx.tenant();
    let rows = sql::query(select_letter!(
        "($2::text IS NULL OR d.payload->>'kind' = $2)
         AND ($3::text IS NULL OR d.error->>'code' = $3)
         AND (NOT $4 OR d.resolved_at IS NULL)
         AND ($5::timestamptz IS NULL OR (d.created_at, d.dead_letter_id) < ($5, $6))
         ORDER BY d.created_at DESC, d.dead_letter_id DESC LIMIT $7"
    ))
    .bind(tenant)
    .bind(&filter.kind)
    .bind(&filter.code)
    .bind(filter.open)
    .bind(after.map(|a| a.created_at))
    .bind(after.map(|a| a.dead_letter_id.uuid()))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.iter().map(letter).collect::<Result<_, sqlx::Error>>()?)
}

/// One dead letter; none when the tenant has no such one.
///
/// # Errors
/// What the database refused.
pub async fn show(tx: &mut TenantTx, id: DeadLetterId) -> Result<Option<DeadLetter>, DbError> {
    let tenant = tx.tenant();
    let row = sql::query(select_letter!("d.dead_letter_id = $2"))
        .bind(tenant)
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.as_ref().map(letter).transpose()?)
}

fn letter(row: &PgRow) -> Result<DeadLetter, sqlx::Error> {
    let job: Option<uuid::Uuid> = row.try_get("job_id")?;
    let error: Json<Exception> = row.try_get("error")?;
    Ok(DeadLetter {
        dead_letter_id: DeadLetterId::from_uuid(row.try_get("dead_letter_id")?),
        step_id: StepId::from_uuid(row.try_get("origin_id")?),
        job_id: job.map(JobId::from_uuid),
        kind: row.try_get("kind")?,
        payload: row.try_get("payload")?,
        attempts: row.try_get("attempts")?,
        error: error.0,
        created_at: row.try_get("created_at")?,
        died_at: row.try_get("died_at")?,
        resolved_at: row.try_get("resolved_at")?,
    })
}
