//! Removing what nobody looks at any more.

use std::time::Duration;

use crate::db::{Db, DbError, sql};

/// Jobs removed in one transaction: none holds its locks for long.
const BATCH: i64 = 200;

/// Removes jobs that finished longer ago than `keep`, with their steps, and the settled runs of
/// schedules of that age. Any number of workers may do so at once.
pub(super) async fn prune(db: &Db, keep: Duration) -> Result<u64, DbError> {
    let mut removed = 0;
    loop {
        let batch = prune_batch(db, keep).await?;
        removed += batch;
        if batch < BATCH.unsigned_abs() {
            break;
        }
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
    Ok(removed)
}

async fn prune_batch(db: &Db, keep: Duration) -> Result<u64, DbError> {
    let mut tx = db.worker().await?;
    let removed = sql::query(
        "WITH old AS (
           SELECT tenant_id, job_id FROM job
           WHERE finished_at < clock_timestamp() - make_interval(secs => $1)
           ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         DELETE FROM job j USING old WHERE j.tenant_id = old.tenant_id AND j.job_id = old.job_id",
    )
    .bind(keep.as_secs_f64())
    .bind(BATCH)
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(removed.rows_affected())
}
