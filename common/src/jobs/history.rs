//! Finished jobs: after a day they move to the table of the month they finished in, and with it they are dropped.

use std::time::Duration;

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::{Db, DbError, sql};

/// How long a finished job stays beside the live ones: that is when it is looked at, retried and redriven most.
const CURRENT: Duration = Duration::from_secs(24 * 3_600);
/// Jobs moved in one transaction: none holds its locks for long.
const BATCH: usize = 200;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Round {
    /// Jobs that became history.
    pub moved: usize,
    /// Tables of months that are gone.
    pub dropped: i32,
}

/// Moves what finished longer than a day ago, drops the months of which all is older than `keep`, and removes the settled
/// runs of schedules of that age. Any number of workers may do so at once.
///
/// # Errors
/// When the database refuses; a month that somebody reads is left to a later round.
pub(super) async fn round(db: &Db, keep: Duration) -> Result<Round, DbError> {
    let mut round = Round::default();
    loop {
        let moved = move_batch(db).await?;
        round.moved += moved;
        if moved < BATCH {
            break;
        }
    }
    match drop_months(db, keep).await {
        Ok(dropped) => round.dropped = dropped,
        Err(DbError::Conflict(_)) => {}
        Err(error) => return Err(error),
    }
    let mut tx = db.worker().await?;
    sql::query(
        "DELETE FROM schedule_run
         WHERE settled_at < clock_timestamp() - make_interval(secs => $1)",
    )
    .bind(keep.as_secs_f64())
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(round)
}

/// Jobs that somebody holds are passed over.
async fn move_batch(db: &Db) -> Result<usize, DbError> {
    let mut tx = db.worker().await?;
    let found: Vec<(Uuid, Uuid, NaiveDate)> = sql::query_as(
        "SELECT tenant_id, job_id, date_trunc('month', finished_at AT TIME ZONE 'UTC')::date
         FROM job
         WHERE month >= 'infinity' AND finished_at < clock_timestamp() - make_interval(secs => $1)
         ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED",
    )
    .bind(CURRENT.as_secs_f64())
    .bind(BATCH as i64)
    .fetch_all(tx.conn())
    .await?;
    if found.is_empty() {
        return Ok(0);
    }
    let tenants: Vec<Uuid> = found.iter().map(|(tenant, ..)| *tenant).collect();
    let jobs: Vec<Uuid> = found.iter().map(|(_, job, _)| *job).collect();
    let months: Vec<NaiveDate> = found.iter().map(|(.., month)| *month).collect();
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
    Ok(found.len())
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
