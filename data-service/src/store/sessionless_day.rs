//! Table `sessionless_day`: the day's events that belong to no session.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use super::plan;

/// Replaces the day's groups.
///
/// # Errors
/// When the database refuses.
pub async fn derive(tx: &mut TenantTx, property_id: i64, date: NaiveDate) -> Result<(), DbError> {
    let tenant = tx.tenant();
    plan::no_nested_loops(tx).await?;
    for statement in [
        "DELETE FROM sessionless_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        include_str!("sql/sessionless_day.sql"),
    ] {
        sql::query(statement).bind(tenant).bind(property_id).bind(date).execute(tx.conn()).await?;
    }
    plan::any_join(tx).await
}
