//! What a statement over many rows may use.

use common::db::{DbError, TenantTx, sql};

/// Lets what follows in the transaction sort and group in 16 MB of the server's memory: with the usual 4, the rows of a quarter's landing
/// pages go through files. Answers are computed side by side already, so none takes workers beside its own.
///
/// # Errors
/// When the database refuses.
pub(super) async fn for_many_rows(tx: &mut TenantTx) -> Result<(), DbError> {
    sql::query(
        "SELECT set_config('work_mem', '16MB', true),
                set_config('max_parallel_workers_per_gather', '0', true)",
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
