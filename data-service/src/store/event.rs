//! Table `event`: one day of one property at a time.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};
use common::kernel::{LoadId, saturating_i64};
use uuid::Uuid;

use super::staging::Tables;
use super::{plan, staging};

/// Makes sure that the month has a partition. Outside the swap, because it locks the parent.
///
/// # Errors
/// When the database refuses.
pub async fn ensure_partition(tx: &mut TenantTx, month: NaiveDate) -> Result<(), DbError> {
    sql::query("SELECT ensure_event_partition($1)").bind(month).execute(tx.conn()).await?;
    Ok(())
}

/// Of exact duplicates among the staged rows leaves one. `keys` are those that came more than once; `None` when any may have.
///
/// # Errors
/// When the database refuses.
pub async fn collapse_twins(
    tx: &mut TenantTx,
    load: LoadId,
    keys: Option<Vec<Uuid>>,
) -> Result<(), DbError> {
    if keys.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    plan::for_a_whole_day(tx).await?;
    plan::no_nested_loops(tx).await?;
    let collapsed = sql::query_of(Tables(load).text(include_str!("sql/staged_twins.sql")))
        .bind(keys)
        .execute(tx.conn())
        .await?;
    plan::any_join(tx).await?;
    staging::collapsed(tx, load, collapsed.rows_affected()).await
}

/// Gives every client and known user of the load a dense number.
///
/// # Errors
/// When the database refuses.
pub async fn number_identities(
    tx: &mut TenantTx,
    property_id: i64,
    load: LoadId,
) -> Result<(), DbError> {
    plan::for_a_whole_day(tx).await?;
    let tenant = tx.tenant();
    for statement in
        [include_str!("sql/client_numbers.sql"), include_str!("sql/known_user_numbers.sql")]
    {
        sql::query_of(Tables(load).text(statement))
            .bind(tenant)
            .bind(property_id)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Replaces the day's events by the staged ones and answers how many there are now.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    load: LoadId,
) -> Result<i64, DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM event WHERE tenant_id = $1 AND property_id = $2 AND event_date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    let inserted = sql::query_of(Tables(load).text(include_str!("sql/event_from_staging.sql")))
        .bind(tenant)
        .execute(tx.conn())
        .await?;
    Ok(saturating_i64(inserted.rows_affected()))
}
