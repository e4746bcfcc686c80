//! Table `shard`: where a day's facts came from and what became of them.

use chrono::{DateTime, NaiveDate, Utc};
use common::db::{DbError, TenantTx, sql};
use serde::{Deserialize, Serialize};

/// Raised when the same source rows would give other facts: every day loads again then.
pub const LOADER_VERSION: i32 = 3;

/// The source table of a day, as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub table_name: String,
    /// `daily`, `intraday` or `fresh`.
    pub kind: String,
    pub modified_ms: i64,
    pub rows: i64,
    pub bytes: i64,
    pub etag: String,
}

/// What is stored about a day.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ShardRow {
    pub property_id: i64,
    pub date: NaiveDate,
    pub table_name: String,
    pub kind: String,
    pub source_modified_ms: i64,
    pub source_rows: i64,
    pub source_bytes: i64,
    pub source_etag: String,
    pub fingerprint: Vec<u8>,
    pub loader_version: i32,
    pub version: i64,
    pub revision: i32,
    pub loaded_rows: i64,
    pub collapsed_rows: i64,
    pub rejected_rows: i64,
    pub loaded_at: DateTime<Utc>,
    /// The table was seen to have changed, and was not loaded since.
    pub outdated: bool,
}

impl ShardRow {
    /// Whether the day's daily table was loaded by the loader of today, as far as is known.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.loader_version == LOADER_VERSION && self.kind == "daily" && !self.outdated
    }

    /// Whether the source is the one these facts came from, read by the loader of today.
    #[must_use]
    pub fn current(&self, source: &Source) -> bool {
        self.loader_version == LOADER_VERSION
            && self.table_name == source.table_name
            && self.source_modified_ms == source.modified_ms
            && self.source_rows == source.rows
            && self.source_etag == source.etag
    }
}

/// Row counts of a load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub loaded: i64,
    pub collapsed: i64,
    pub rejected: i64,
}

/// The stored days of a property, oldest first.
///
/// # Errors
/// When the database refuses.
pub async fn list(tx: &mut TenantTx, property_id: i64) -> Result<Vec<ShardRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as("SELECT * FROM shard WHERE tenant_id = $1 AND property_id = $2 ORDER BY date")
        .bind(tenant)
        .bind(property_id)
        .fetch_all(tx.conn())
        .await?)
}

/// The stored state of one day.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
) -> Result<Option<ShardRow>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_as("SELECT * FROM shard WHERE tenant_id = $1 AND property_id = $2 AND date = $3")
        .bind(tenant)
        .bind(property_id)
        .bind(date)
        .fetch_optional(tx.conn())
        .await?)
}

/// Records that the day's facts were replaced at `version`.
///
/// # Errors
/// When the database refuses.
pub async fn replaced(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    source: &Source,
    fingerprint: &[u8; 32],
    counts: Counts,
    version: i64,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "INSERT INTO shard (tenant_id, property_id, date, table_name, kind, source_modified_ms,
           source_rows, source_bytes, source_etag, fingerprint, loader_version, version, revision,
           loaded_rows, collapsed_rows, rejected_rows, loaded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $14, $15, now())
         ON CONFLICT (tenant_id, property_id, date) DO UPDATE SET
           table_name = excluded.table_name, kind = excluded.kind,
           source_modified_ms = excluded.source_modified_ms, source_rows = excluded.source_rows,
           source_bytes = excluded.source_bytes, source_etag = excluded.source_etag,
           fingerprint = excluded.fingerprint, loader_version = excluded.loader_version,
           version = excluded.version, revision = shard.revision + 1,
           loaded_rows = excluded.loaded_rows, collapsed_rows = excluded.collapsed_rows,
           rejected_rows = excluded.rejected_rows, loaded_at = excluded.loaded_at,
           outdated = false",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .bind(&source.table_name)
    .bind(&source.kind)
    .bind(source.modified_ms)
    .bind(source.rows)
    .bind(source.bytes)
    .bind(&source.etag)
    .bind(fingerprint.as_slice())
    .bind(LOADER_VERSION)
    .bind(version)
    .bind(counts.loaded)
    .bind(counts.collapsed)
    .bind(counts.rejected)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records that the source was read again and held the same rows: no fact and no version changes.
///
/// # Errors
/// When the database refuses.
pub async fn confirmed(
    tx: &mut TenantTx,
    property_id: i64,
    date: NaiveDate,
    source: &Source,
    rejected_rows: i64,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE shard SET table_name = $4, kind = $5, source_modified_ms = $6, source_rows = $7,
           source_bytes = $8, source_etag = $9, rejected_rows = $10, loaded_at = now(),
           outdated = false
         WHERE tenant_id = $1 AND property_id = $2 AND date = $3",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(date)
    .bind(&source.table_name)
    .bind(&source.kind)
    .bind(source.modified_ms)
    .bind(source.rows)
    .bind(source.bytes)
    .bind(&source.etag)
    .bind(rejected_rows)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Records that the tables of these days have changed. Days that were never loaded stay unknown.
///
/// # Errors
/// When the database refuses.
pub async fn outdated(
    tx: &mut TenantTx,
    property_id: i64,
    dates: &[NaiveDate],
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE shard SET outdated = true
         WHERE tenant_id = $1 AND property_id = $2 AND date = ANY ($3)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(dates)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Raises the version of neighbouring days that a load repaired.
///
/// # Errors
/// When the database refuses.
pub async fn raise_versions(
    tx: &mut TenantTx,
    property_id: i64,
    dates: &[NaiveDate],
    version: i64,
) -> Result<(), DbError> {
    let tenant = tx.tenant();
    sql::query(
        "UPDATE shard SET version = $4
         WHERE tenant_id = $1 AND property_id = $2 AND date = ANY ($3)",
    )
    .bind(tenant)
    .bind(property_id)
    .bind(dates)
    .bind(version)
    .execute(tx.conn())
    .await?;
    Ok(())
}
