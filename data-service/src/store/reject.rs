//! Rows that were not loaded.

use common::db::{DbError, TenantTx, sql};
use uuid::Uuid;

use crate::domain::file::Reject;

/// Puts these in the place of any earlier rejects of the file: a version that failed is read
/// again.
pub async fn replace(
    tx: &mut TenantTx,
    source_file: Uuid,
    rejects: &[Reject],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query("DELETE FROM reject WHERE tenant_id = $1 AND source_file_id = $2")
        .bind(tenant)
        .bind(source_file)
        .execute(tx.conn())
        .await?;
    let column = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    // A reject may carry 8 KB, so a thousand of them are a statement of 8 MB.
    for some in rejects.chunks(1_000) {
        sql::query(
            "INSERT INTO reject (tenant_id, source_file_id, reject_id, line, byte_offset,
                                 column_name, reason, raw)
             SELECT $1, $2, * FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::text[],
                                          $7::text[], $8::text[])",
        )
        .bind(tenant)
        .bind(source_file)
        .bind(some.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
        .bind(some.iter().map(|r| column(r.place.line)).collect::<Vec<_>>())
        .bind(some.iter().map(|r| column(r.place.byte_offset)).collect::<Vec<_>>())
        .bind(some.iter().map(|r| r.column.as_deref()).collect::<Vec<_>>())
        .bind(some.iter().map(|r| r.reason.as_str()).collect::<Vec<_>>())
        .bind(some.iter().map(|r| r.raw.as_str()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}
