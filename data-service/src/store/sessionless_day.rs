//! Table `sessionless_day`: the day's events that belong to no session.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

/// Replaces the day's groups.
///
/// # Errors
/// When the database refuses.
pub async fn derive(tx: &mut TenantTx, property_id: i64, date: NaiveDate) -> Result<(), DbError> {
    let tenant = tx.tenant();
    for statement in [
        "DELETE FROM sessionless_day WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
        include_str!("sql/sessionless_day.sql"),
    ] {
        sql::query(statement)
            .bind(tenant)
            .bind(property_id)
            .bind(date)
            .persistent(false)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}
