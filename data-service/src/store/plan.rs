//! Help for the planner where it cannot know how many rows there are: staged rows and rows written a
//! moment ago have no statistics, and a nested loop over them takes seconds instead of milliseconds.

use common::db::{DbError, TenantTx, sql};

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
