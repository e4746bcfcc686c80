//! Finished jobs: after a day they move to the table of the month they finished in, and with it they are dropped.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{Db, DbError, sql};

/// How long a finished job stays beside the live ones: that is when it is looked at, retried and redriven most.
const CURRENT: Duration = Duration::from_secs(24 * 3_600);
/// Jobs, and their steps, moved in one transaction: none holds its locks for long. A larger job is moved alone.
const JOBS: i64 = 200;
const STEPS: i64 = 5_000;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Round {
    /// Jobs that became history.
    pub moved: usize,
    /// More of them are waiting.
    pub more: bool,
    /// Tables of months that are gone.
    pub dropped: i32,
}

/// Moves some of what finished longer than a day ago, drops the months of which all is older than `keep`, and removes the
/// settled runs of schedules of that age. Any number of workers may do so at once.
///
/// # Errors
/// When the database refuses; a month that somebody reads is left to a later round.
pub(super) async fn round(db: &Db, keep: Duration) -> Result<Round, DbError> {
    let (moved, more) = move_some(db).await?;
    let dropped = drop_months(db, keep).await;
    let mut tx = db.worker().await?;
    sql::query(
        "DELETE FROM schedule_run
         WHERE settled_at < clock_timestamp() - make_interval(secs => $1)",
    )
    .bind(keep.as_secs_f64())
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    let dropped = match dropped {
        Err(DbError::Conflict(_)) => {
            tracing::info!("a month of finished jobs is being read: it is dropped later");
            0
        }
        dropped => dropped?,
    };
    Ok(Round { moved, more, dropped })
}

/// Answers how many, and whether there are more. Jobs that somebody holds are passed over.
async fn move_some(db: &Db) -> Result<(usize, bool), DbError> {
    let mut tx = db.worker().await?;
    let found: Vec<(Uuid, Uuid, NaiveDate, i64)> = sql::query_as(
        "WITH held AS MATERIALIZED (
           SELECT tenant_id, job_id, finished_at FROM job
           WHERE month >= 'infinity' AND finished_at < clock_timestamp() - make_interval(secs => $1)
           ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ), counted AS (
           SELECT held.*, sum(s.steps) OVER (ORDER BY finished_at, job_id) - s.steps AS before
           FROM held CROSS JOIN LATERAL (
             SELECT count(*) AS steps FROM job_step AS s
             WHERE s.tenant_id = held.tenant_id AND s.job_id = held.job_id
               AND s.month >= 'infinity') AS s
         )
         SELECT tenant_id, job_id, date_trunc('month', finished_at AT TIME ZONE 'UTC')::date,
                (SELECT count(*) FROM held)
         FROM counted WHERE before < $3",
    )
    .bind(CURRENT.as_secs_f64())
    .bind(JOBS)
    .bind(STEPS)
    .fetch_all(tx.conn())
    .await?;
    let Some((.., held)) = found.first().copied() else { return Ok((0, false)) };
    let tenants: Vec<Uuid> = found.iter().map(|(tenant, ..)| *tenant).collect();
    let jobs: Vec<Uuid> = found.iter().map(|(_, job, ..)| *job).collect();
    let months: Vec<NaiveDate> = found.iter().map(|(_, _, month, _)| *month).collect();
    sql::query(
        "SELECT ensure_job_month(month) FROM (SELECT DISTINCT unnest($1::date[]) AS month) AS m",
    )
    .bind(&months)
    .execute(tx.conn())
    .await?;
    for table in [
        "UPDATE job_step AS t SET month = h.month
         FROM unnest($1::uuid[], $2::uuid[], $3::date[]) AS h (tenant_id, job_id, month)
         WHERE t.tenant_id = h.tenant_id AND t.job_id = h.job_id AND t.month >= 'infinity'",
        "UPDATE job AS t SET month = h.month
         FROM unnest($1::uuid[], $2::uuid[], $3::date[]) AS h (tenant_id, job_id, month)
         WHERE t.tenant_id = h.tenant_id AND t.job_id = h.job_id AND t.month >= 'infinity'",
    ] {
        sql::query(table).bind(&tenants).bind(&jobs).bind(&months).execute(tx.conn()).await?;
    }
    tx.commit().await?;
    Ok((found.len(), held >= JOBS || (found.len() as i64) < held))
}

async fn drop_months(db: &Db, keep: Duration) -> Result<i32, DbError> {
    let mut tx = db.worker().await?;
    let dropped = sql::query_scalar(
        "SELECT drop_job_months(((clock_timestamp() - make_interval(secs => $1))
           AT TIME ZONE 'UTC')::date)",
    )
    .bind(keep.as_secs_f64())
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(dropped)
}

/// Brings a job back from history, so that its steps can run again. Nothing happens to one that is not there.
pub(super) async fn recall(
    conn: &mut PgConnection,
    tenant: Uuid,
    job: Uuid,
) -> Result<(), DbError> {
    for table in [
        "UPDATE job SET month = 'infinity'
         WHERE tenant_id = $1 AND job_id = $2 AND month < 'infinity'",
        "UPDATE job_step SET month = 'infinity'
         WHERE tenant_id = $1 AND job_id = $2 AND month < 'infinity'",
    ] {
        sql::query(table).bind(tenant).bind(job).execute(&mut *conn).await?;
    }
    Ok(())
}
