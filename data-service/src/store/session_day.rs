//! Table `session_day`: the day's sessions, and the repair of the same sessions on other days.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use super::plan;

/// Finds the sessions that the change of the day touches.
///
/// Leaves the day's part of them in the temporary table `day_part`, all of them, of before and of now, in
/// `touched_session`, and their parts of other days in `elsewhere`: whatever belongs to sessions is repaired from these.
///
/// # Errors
/// When the database refuses.
pub async fn touch(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    key_events: &[String],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    plan::no_nested_loops(tx).await?;
    // The temporary tables are new in every transaction: a cached plan would name dead ones.
    sql::query(include_str!("sql/day_part.sql"))
        .bind(key_events)
        .persistent(false)
        .execute(tx.conn())
        .await?;
    sql::query(
        "CREATE TEMP TABLE touched_session ON COMMIT DROP AS
         SELECT session_key FROM day_part
         UNION
         SELECT session_key FROM session_day
         WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .persistent(false)
    .execute(tx.conn())
    .await?;
    sql::query(include_str!("sql/elsewhere.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .persistent(false)
        .execute(tx.conn())
        .await?;
    sql::query("ANALYZE day_part (session_key), touched_session, elsewhere")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    plan::any_join(tx).await
}

/// Writes the day's sessions, whose searches are there already, and answers the other days that changed.
///
/// # Errors
/// When the database refuses.
pub async fn derive(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
) -> Result<Vec<NaiveDate>, DbError> {
    let tenant = tx.tenant();
    plan::no_nested_loops(tx).await?;
    sql::query("DELETE FROM session_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    let repaired = sql::query_scalar(include_str!("sql/session_day.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .persistent(false)
        .fetch_all(tx.conn())
        .await?;
    plan::any_join(tx).await?;
    plan::know(tx, property_id, "session_day").await?;
    Ok(repaired)
}
