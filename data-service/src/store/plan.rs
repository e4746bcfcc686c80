//! Help for the planner where it cannot know how many rows there are: staged rows and rows written a
//! moment ago have no statistics, and a nested loop over them takes seconds instead of milliseconds.
//!
//! What is looked up row by row whatever the planner thinks stands in `LATERAL (… OFFSET 0)`: a subquery
//! with a limit is not joined in any other way. So the work of a load grows with its day, not with its history.

use common::db::{DbError, TenantTx, sql};

/// Until the transaction ends: room to sort a day in memory, and no compilation of statements that run once.
///
/// # Errors
/// When the database refuses.
pub async fn for_a_whole_day(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Until the transaction ends or [`any_scan`] is called, rows are read in the order they lie in, not one by one in that
/// of an index.
pub(super) async fn whole_range(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('enable_indexscan', 'off', true)").execute(tx.conn()).await?;
    Ok(())
}

/// Leaves the way to the rows to the planner again.
pub(super) async fn any_scan(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('enable_indexscan', 'on', true)").execute(tx.conn()).await?;
    Ok(())
}

/// Tells the planner what a table holds, at the first loads of a property and ever more rarely. Of a property it never
/// heard of it expects one row, takes each index for as good as any other, and the wrong one reads all the property's
/// rows for each key. Later autovacuum keeps it informed.
pub(super) async fn know(
    tx: &mut TenantTx,
    property_id: i64,
    table: &'static str,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "SELECT analyze_facts($3) FROM property
         WHERE tenant_id = $1 AND property_id = $2 AND version IN (0, 1, 3, 7, 15, 31)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(table)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Until the transaction ends or [`any_join`] is called, joins are hashed or merged.
pub(super) async fn no_nested_loops(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('enable_nestloop', 'off', true)").execute(tx.conn()).await?;
    Ok(())
}

/// Leaves the choice to the planner again.
pub(super) async fn any_join(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT set_config('enable_nestloop', 'on', true)").execute(tx.conn()).await?;
    Ok(())
}

/// Until the transaction ends or [`may_not_idle`] is called, it may wait for another one as long as a statement may take.
///
/// # Errors
/// When the database refuses.
pub async fn may_idle(tx: &mut TenantTx) -> Result<(), DbError> {
    let limit = "SELECT set_config('idle_in_transaction_session_timeout',
                   current_setting('statement_timeout'), true)";
    sql::query(limit).execute(tx.conn()).await?;
    Ok(())
}

/// What a worker that stands still holds is given up soon.
///
/// # Errors
/// When the database refuses.
pub async fn may_not_idle(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SET LOCAL idle_in_transaction_session_timeout TO DEFAULT")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Says something, so that nobody takes this transaction for one of a worker that stands still.
///
/// # Errors
/// When the database refuses.
pub async fn still_there(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT 1").execute(tx.conn()).await?;
    Ok(())
}
