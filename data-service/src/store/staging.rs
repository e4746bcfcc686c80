//! Schema `staging`: rows on their way into the event table, in tables of one load.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use common::db::{Db, DbError, TenantTx, sql};
use common::kernel::{LoadId, StepId, saturating_i64};
use uuid::{NoContext, Timestamp, Uuid};

/// The tables of one load.
#[derive(Debug, Clone, Copy)]
pub struct Tables(pub LoadId);

impl Tables {
    /// The load's rows: the columns of an event, and `row_hash`.
    #[must_use]
    pub fn event(self) -> String {
        format!("staging.event_{}", self.0.uuid().simple())
    }

    /// What the rows make of each session.
    #[must_use]
    pub fn part(self) -> String {
        format!("staging.part_{}", self.0.uuid().simple())
    }

    /// The text with the names of the tables in the places of `{event}` and `{part}`.
    pub(super) fn text(self, template: &'static str) -> sqlx::SqlStr {
        let text = template.replace("{event}", &self.event()).replace("{part}", &self.part());
        sql::Text::trusted(text)
    }
}

/// Announces a load and makes its tables, after removing what earlier attempts of the same step left behind.
///
/// # Errors
/// When the database refuses.
pub async fn open(tx: &mut TenantTx, step: StepId, load: LoadId) -> Result<(), DbError> {
    sql::query("SELECT staging.close_load(load_id) FROM staging.load WHERE step_id = $1")
        .bind(step.uuid())
        .execute(tx.conn())
        .await?;
    sql::query("SELECT staging.open_load($1, $2)")
        .bind(load.uuid())
        .bind(step.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Lets `tx` commit without waiting for the disk. A server that crashes forgets the rows of its unlogged tables, so that
/// nothing is gained by remembering how many there were. What else it writes must be of use only to a later transaction that
/// does wait: what was committed before that is on the disk then, too.
///
/// # Errors
/// When the database refuses.
pub async fn may_be_forgotten(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('synchronous_commit', 'off', true)").execute(tx.conn()).await?;
    Ok(())
}

/// Removes a load with its tables, unless a worker that stands still holds them: then the sweep does, later.
///
/// # Errors
/// When the database refuses.
pub async fn close(tx: &mut TenantTx, load: LoadId) -> Result<(), DbError> {
    sql::query("SELECT staging.close_load($1)").bind(load.uuid()).execute(tx.conn()).await?;
    Ok(())
}

/// Takes note of rows that were copied and are gone as duplicates.
///
/// # Errors
/// When the database refuses.
pub async fn collapsed(tx: &mut TenantTx, load: LoadId, rows: u64) -> Result<(), DbError> {
    sql::query("UPDATE staging.load SET collapsed = collapsed + $2 WHERE load_id = $1")
        .bind(load.uuid())
        .bind(saturating_i64(rows))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Rows that were copied for a load; `None` when there is no such load any more.
///
/// # Errors
/// When the database refuses.
pub async fn count(tx: &mut TenantTx, load: LoadId) -> Result<Option<i64>, DbError> {
    let known: bool = sql::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(Tables(load).event())
        .fetch_one(tx.conn())
        .await?;
    if !known {
        return Ok(None);
    }
    let copied = "SELECT count(*) + (SELECT collapsed FROM staging.load WHERE load_id = $1)
                  FROM {event}";
    Ok(sql::scalar_of(Tables(load).text(copied)).bind(load.uuid()).fetch_one(tx.conn()).await?)
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
    let mut tx = db.identity().await?;
    Ok(sql::query_as("SELECT load_id, step_id FROM staging.load WHERE load_id < $1 LIMIT 1000")
        .bind(minted_at(before))
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
         WHERE month >= 'infinity' AND step_id = ANY ($1) AND state IN ('waiting', 'ready', 'running')",
    )
    .bind(steps)
    .fetch_all(tx.conn())
    .await?;
    Ok(live.into_iter().collect())
}

/// Loads begun before `before` that have tables and nothing else: a server that crashed has forgotten who they were.
///
/// # Errors
/// When the database refuses.
pub async fn forgotten(db: &Db, before: DateTime<Utc>) -> Result<Vec<Uuid>, DbError> {
    let mut tx = db.identity().await?;
    Ok(sql::query_scalar(
        "SELECT load_id FROM (
           SELECT DISTINCT split_part(c.relname, '_', 2)::uuid AS load_id
           FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
           WHERE n.nspname = 'staging' AND c.relname ~ '^(event|part)_[0-9a-f]{32}$'
         ) AS made
         WHERE load_id < $1 AND NOT EXISTS (SELECT FROM staging.load AS l WHERE l.load_id = made.load_id)
         LIMIT 1000",
    )
    .bind(minted_at(before))
    .fetch_all(tx.conn())
    .await?)
}

/// The least id of a load begun at this time: ids are ordered by it.
fn minted_at(time: DateTime<Utc>) -> Uuid {
    Uuid::new_v7(Timestamp::from_unix(NoContext, time.timestamp().unsigned_abs(), 0))
}

/// Removes loads with their tables; answers how many. Those that somebody holds stay.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &Db, loads: &[Uuid]) -> Result<usize, DbError> {
    let mut tx = db.identity().await?;
    let closed: Vec<bool> = sql::query_scalar(
        "SELECT staging.close_load(load_id) FROM unnest($1::uuid[]) AS dead (load_id)",
    )
    .bind(loads)
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(closed.into_iter().filter(|closed| *closed).count())
}
