//! The temporary table `day_event`: what facts are derived from, of one day's events.
//!
//! Events are wide and lie under policies; a day is derived from by a dozen statements. They read this narrow copy, whose
//! size the planner knows.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

use super::plan;

/// Makes the table anew with the events of `date`; it ends with the transaction.
///
/// # Errors
/// When the database refuses.
pub async fn gather(tx: &mut TenantTx, property_id: i64, date: NaiveDate) -> Result<(), DbError> {
    let tenant = tx.tenant();
    plan::whole_range(tx).await?;
    sql::query("DROP TABLE IF EXISTS pg_temp.day_event")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    sql::query(include_str!("sql/day_event.sql"))
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .persistent(false)
        .execute(tx.conn())
        .await?;
    plan::any_scan(tx).await?;
    sql::query("ANALYZE day_event (event_name, session_key)")
        .persistent(false)
        .execute(tx.conn())
        .await?;
    Ok(())
}
