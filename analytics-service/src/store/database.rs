//! The database itself, whatever its tables hold.

use common::db::{DbError, TenantTx, sql};

/// Asks for an answer and nothing else.
///
/// # Errors
/// When there is none.
pub async fn answer(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query("SELECT 1").execute(tx.conn()).await?;
    Ok(())
}
