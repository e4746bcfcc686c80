//! Rows that were not loaded.

use common::db::{DbError, TenantTx, sql};
use common::kernel::saturating_i64;
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
        .bind(some.iter().map(|r| saturating_i64(r.place.line)).collect::<Vec<_>>())
        .bind(some.iter().map(|r| saturating_i64(r.place.byte_offset)).collect::<Vec<_>>())
        .bind(some.iter().map(|r| r.column.as_deref()).collect::<Vec<_>>())
        .bind(some.iter().map(|r| r.reason.as_str()).collect::<Vec<_>>())
        .bind(some.iter().map(|r| r.raw.as_str()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A row that was left out, as it is shown.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RejectedRow {
    pub reject_id: Uuid,
    pub line: i64,
    pub byte_offset: i64,
    pub column_name: Option<String>,
    pub reason: String,
    pub raw: String,
}

/// Where a page of them ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectPosition {
    pub line: i64,
    pub reject_id: Uuid,
}

/// Rejects of a file after `after`, in the order of its lines.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    tx: &mut TenantTx,
    source_file: Uuid,
    after: Option<RejectPosition>,
    limit: i64,
) -> Result<Vec<RejectedRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(
        "SELECT reject_id, line, byte_offset, column_name, reason, raw FROM reject
         WHERE tenant_id = $1 AND source_file_id = $2
           AND ($3::bigint IS NULL OR line > $3 OR (line = $3 AND reject_id > $4))
         ORDER BY line, reject_id LIMIT $5",
    )
    .bind(tenant)
    .bind(source_file)
    .bind(after.map(|position| position.line))
    .bind(after.map(|position| position.reject_id))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}
