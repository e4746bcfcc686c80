//! The ledger of files: each version that was seen, and what became of it.

use chrono::{DateTime, Utc};
use common::db::{DbError, TenantTx, sql};
use common::kernel::saturating_i64;
use uuid::Uuid;

use crate::domain::file::Feed;

/// What identifies one version of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    pub path: String,
    pub size: u64,
    pub modified_at: DateTime<Utc>,
}

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    Loaded,
    LoadedWithRejects,
    /// Its content was loaded before, under another name or time.
    Duplicate,
    /// Refused as a whole; tried again by the next job.
    Failed,
}

impl FileState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::LoadedWithRejects => "loaded_with_rejects",
            Self::Duplicate => "duplicate",
            Self::Failed => "failed",
        }
    }
}

/// The end of one version's processing.
#[derive(Debug, Clone)]
pub struct Verdict<'a> {
    pub state: FileState,
    pub reason: Option<&'a str>,
    pub sha256: Option<[u8; 32]>,
    pub loaded_rows: u64,
    pub rejected_rows: u64,
}

/// Those of `versions` that were dealt with for good.
pub async fn settled(
    tx: &mut TenantTx,
    feed: Feed,
    versions: &[Version],
) -> Result<Vec<Version>, DbError> {
    let tenant = tx.tenant();
    let paths: Vec<&str> = versions.iter().map(|version| version.path.as_str()).collect();
    let rows: Vec<(String, i64, DateTime<Utc>)> = sql::query_as(
        "SELECT path, size, modified_at FROM source_file
         WHERE tenant_id = $1 AND feed = $2 AND path = ANY ($3)
           AND state IN ('loaded', 'loaded_with_rejects', 'duplicate')",
    )
    .bind(tenant)
    .bind(feed.as_str())
    .bind(paths)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(path, size, modified_at)| Version { path, size: size.unsigned_abs(), modified_at })
        .collect())
}

/// Whether loading this content now would only repeat what was loaded: it is what the feed holds
/// already, or an earlier content whose file is not newer than the last one loaded (a renamed
/// file). An earlier content in a newer file is the tenant going back, and is loaded.
pub async fn is_duplicate(
    tx: &mut TenantTx,
    feed: Feed,
    sha256: &[u8; 32],
    modified_at: DateTime<Utc>,
) -> Result<bool, DbError> {
    let tenant = tx.tenant();
    let duplicate: Option<bool> = sql::query_scalar(
        "WITH applied AS (
           SELECT sha256, modified_at, finished_at, source_file_id FROM source_file
           WHERE tenant_id = $1 AND feed = $2 AND state IN ('loaded', 'loaded_with_rejects')),
         last AS (
           SELECT sha256, modified_at FROM applied
           ORDER BY finished_at DESC, source_file_id DESC LIMIT 1)
         SELECT last.sha256 = $3
           OR ($4 <= last.modified_at AND EXISTS (SELECT FROM applied WHERE sha256 = $3))
         FROM last",
    )
    .bind(tenant)
    .bind(feed.as_str())
    .bind(sha256.as_slice())
    .bind(modified_at)
    .fetch_optional(tx.conn())
    .await?;
    Ok(duplicate.unwrap_or(false))
}

/// Writes what became of a version. Returns its id.
pub async fn finish(
    tx: &mut TenantTx,
    feed: Feed,
    version: &Version,
    verdict: &Verdict<'_>,
) -> Result<Uuid, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar(
        "INSERT INTO source_file
           (tenant_id, source_file_id, feed, path, size, modified_at, sha256, state, reason,
            loaded_rows, rejected_rows, finished_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp())
         ON CONFLICT ON CONSTRAINT source_file_version_unique DO UPDATE SET
           sha256 = excluded.sha256, state = excluded.state, reason = excluded.reason,
           loaded_rows = excluded.loaded_rows, rejected_rows = excluded.rejected_rows,
           finished_at = excluded.finished_at
         RETURNING source_file_id",
    )
    .bind(tenant)
    .bind(Uuid::now_v7())
    .bind(feed.as_str())
    .bind(&version.path)
    .bind(saturating_i64(version.size))
    .bind(version.modified_at)
    .bind(verdict.sha256.map(|hash| hash.to_vec()))
    .bind(verdict.state.as_str())
    .bind(verdict.reason)
    .bind(saturating_i64(verdict.loaded_rows))
    .bind(saturating_i64(verdict.rejected_rows))
    .fetch_one(tx.conn())
    .await?)
}

/// Most entries that one look writes down; a folder full of strangers is not worth more.
const MAX_SKIPPED: usize = 1_000;

/// Writes down entries of the folder that were left alone, with the reason. They have one row
/// for each path, whatever becomes of them.
pub async fn skip(
    tx: &mut TenantTx,
    feed: Feed,
    entries: &[(String, &str)],
) -> Result<(), DbError> {
    if entries.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant();
    let entries = &entries[..entries.len().min(MAX_SKIPPED)];
    sql::query(
        "INSERT INTO source_file
           (tenant_id, source_file_id, feed, path, size, modified_at, state, reason, finished_at)
         SELECT DISTINCT ON (path) $1::uuid, id, $2, path, 0, 'epoch'::timestamptz, 'skipped', reason, clock_timestamp()
         FROM unnest($3::uuid[], $4::text[], $5::text[]) AS entry (id, path, reason)
         ON CONFLICT ON CONSTRAINT source_file_version_unique DO UPDATE SET
           reason = excluded.reason, finished_at = excluded.finished_at",
    )
    .bind(tenant)
    .bind(feed.as_str())
    .bind(entries.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.0.replace('\0', "\u{fffd}")).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.1).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
