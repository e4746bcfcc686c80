//! Schema `staging`: rows on their way into the event table, under the id of one load.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use common::db::{Db, DbError, TenantTx, sql};
use common::kernel::{LoadId, StepId};
use uuid::{NoContext, Timestamp, Uuid};

/// Announces a load, after removing what earlier attempts of the same step left behind.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut TenantTx, step: StepId, load: LoadId) -> Result<(), DbError> {
    sql::query(
        "WITH dead AS (DELETE FROM staging.load WHERE step_id = $1 RETURNING load_id)
         DELETE FROM staging.event WHERE load_id IN (SELECT load_id FROM dead)",
    )
    .bind(step.uuid())
    .execute(tx.conn())
    .await?;
    sql::query("INSERT INTO staging.load (load_id, step_id) VALUES ($1, $2)")
        .bind(load.uuid())
        .bind(step.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Removes the rows of a load.
///
/// # Errors
/// When the database refuses.
pub async fn close(tx: &mut TenantTx, load: LoadId) -> Result<(), DbError> {
    for statement in [
        "DELETE FROM staging.event WHERE load_id = $1",
        "DELETE FROM staging.load WHERE load_id = $1",
    ] {
        sql::query(statement).bind(load.uuid()).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Rows of a load; none when the load is not known.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &mut TenantTx, load: LoadId) -> Result<i64, DbError> {
    Ok(sql::query_scalar("SELECT count(*) FROM staging.event WHERE load_id = $1")
        .bind(load.uuid())
        .fetch_one(tx.conn())
        .await?)
}

/// A load that was announced, and the step it belongs to.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Load {
    pub load_id: Uuid,
    pub step_id: Uuid,
}

/// Loads of all tenants that began before `before`.
///
/// # Errors
/// When the database refuses.
pub async fn begun_before(db: &Db, before: DateTime<Utc>) -> Result<Vec<Load>, DbError> {
    // Load ids are ordered by the time they were minted.
    let seconds = before.timestamp().unsigned_abs();
    let mut tx = db.identity().await?;
    Ok(sql::query_as("SELECT load_id, step_id FROM staging.load WHERE load_id < $1 LIMIT 1000")
        .bind(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0)))
        .fetch_all(tx.conn())
        .await?)
}

/// Those of the loads' steps that have not ended.
///
/// # Errors
/// When the database refuses.
pub async fn live_steps(db: &Db, loads: &[Load]) -> Result<HashSet<Uuid>, DbError> {
    let steps: Vec<Uuid> = loads.iter().map(|load| load.step_id).collect();
    let mut tx = db.worker().await?;
    let live: Vec<Uuid> = sql::query_scalar(
        "SELECT step_id FROM job_step
         WHERE step_id = ANY ($1) AND state IN ('waiting', 'ready', 'running')",
    )
    .bind(steps)
    .fetch_all(tx.conn())
    .await?;
    Ok(live.into_iter().collect())
}

/// Removes loads with their rows.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &Db, loads: &[Load]) -> Result<(), DbError> {
    let loads: Vec<Uuid> = loads.iter().map(|load| load.load_id).collect();
    let mut tx = db.identity().await?;
    for statement in [
        "DELETE FROM staging.event WHERE load_id = ANY ($1)",
        "DELETE FROM staging.load WHERE load_id = ANY ($1)",
    ] {
        sql::query(statement).bind(&loads).execute(tx.conn()).await?;
    }
    tx.commit().await
}
