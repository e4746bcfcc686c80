//! Schema `staging`: rows on their way into the event table, under the id of one load.

use common::db::{DbError, TenantTx, sql};
use common::kernel::{LoadId, StepId};

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
