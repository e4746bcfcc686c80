//! The ledger of files as people read it.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use uuid::Uuid;

/// One version of one file, and what became of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LedgerEntry {
    pub source_file_id: Uuid,
    pub feed: String,
    pub path: String,
    /// 0 for entries that were skipped unseen.
    pub size: i64,
    pub modified_at: DateTime<Utc>,
    pub sha256: Option<Vec<u8>>,
    pub state: String,
    pub reason: Option<String>,
    pub loaded_rows: i64,
    pub rejected_rows: i64,
    pub seen_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Which entries are wanted.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    pub feed: Option<&'static str>,
    pub state: Option<&'static str>,
}

macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT source_file_id, feed, path, size, modified_at, sha256, state, reason,
                    loaded_rows, rejected_rows, seen_at, finished_at
             FROM source_file ",
            $rest
        )
    };
}

/// Entries after `after`, those that were met last first.
///
/// # Errors
/// When the database refuses.
pub async fn list(
    tx: &mut TenantTx,
    filter: &LedgerFilter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<LedgerEntry>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(entries!(
        "WHERE tenant_id = $1 AND ($2::text IS NULL OR feed = $2)
           AND ($3::text IS NULL OR state = $3)
           AND ($4::uuid IS NULL OR source_file_id < $4)
         ORDER BY source_file_id DESC LIMIT $5"
    ))
    .bind(tenant)
    .bind(filter.feed)
    .bind(filter.state)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}

/// # Errors
/// When the database refuses.
pub async fn show(tx: &mut TenantTx, file: Uuid) -> Result<Option<LedgerEntry>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as(entries!("WHERE tenant_id = $1 AND source_file_id = $2"))
        .bind(tenant)
        .bind(file)
        .fetch_optional(tx.conn())
        .await?)
}
