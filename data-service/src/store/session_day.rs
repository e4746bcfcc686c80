//! Table `session_day`: the day's sessions, and the repair of the same sessions on other days.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::LoadId;

use super::plan;
use super::staging::Tables;

/// Finds the sessions that the change of the day touches.
///
/// Leaves the day's part of them, as the load made it, in the temporary table `day_part`, all of them, of before and of
/// now, in `touched_session`, and their parts of other days in `elsewhere`: whatever belongs to sessions is repaired from these.
///
/// # Errors
/// When the database refuses.
pub async fn touch(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    load: LoadId,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    plan::no_nested_loops(tx).await?;
    // The temporary tables are new in every transaction: a cached plan would name dead ones.
    sql::query_of(Tables(load).text(
        "CREATE TEMP TABLE day_part ON COMMIT DROP AS
         SELECT session_key, client_key, client_number, ga_session_id, events, page_views,
                engagement_msec, first_micros, last_micros, day_engaged, day_active,
                day_screen_views, day_key_events, day_first_visit, day_checkout, day_converted,
                day_cart_net, day_cart_peak, day_session_number, day_known_user, day_customer,
                day_branch, day_origin, day_action_micros
         FROM {part}",
    ))
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
