//! Table `refund`: the day's refund events.

use chrono::NaiveDate;
use common::db::{DbError, TenantTx, sql};

/// Replaces the day's refunds.
///
/// # Errors
/// When the database refuses.
pub async fn derive(tx: &mut TenantTx, property_id: i64, date: NaiveDate) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM refund WHERE tenant_id = $1 AND property_id = $2 AND date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .execute(tx.conn())
        .await?;
    sql::query(
        "INSERT INTO refund (tenant_id, property_id, date, event_key, transaction_id,
           refund_micros, session_key, branch, value, currency)
         SELECT $1, $2, $3, event_key, transaction_id, event_micros, session_key, branch,
                refund_value, currency
         FROM day_event WHERE event_name = 'refund'",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .persistent(false)
    .execute(tx.conn())
    .await?;
    Ok(())
}
