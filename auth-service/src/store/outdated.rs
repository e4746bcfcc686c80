//! Clean-up of what nobody needs any more, in batches: how much has piled up does not matter.

use chrono::{DateTime, Utc};
use common::db::{DbError, IdentityTx, sql};

/// Carries out `delete`, whose `$1` is `before` and whose `$2` is how many rows go at most.
///
/// # Errors
/// What the database refused.
pub(super) async fn remove(
    tx: &mut IdentityTx,
    delete: &'static str,
    before: DateTime<Utc>,
    most: u32,
) -> Result<u64, DbError> {
    let done = sql::query(delete).bind(before).bind(i64::from(most)).execute(tx.conn()).await?;
    Ok(done.rows_affected())
}
