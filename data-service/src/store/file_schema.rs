//! Table `file_schema`: the columns of a feed's files, and when they changed.

use common::db::{DbError, TenantTx, sql};

use crate::domain::file::{Feed, SchemaChange};

/// The columns that files of the feed are held against; none before the first.
///
/// # Errors
/// When the database refuses.
pub async fn accepted(tx: &mut TenantTx, feed: Feed) -> Result<Option<Vec<String>>, DbError> {
    let tenant = tx.tenant();
    Ok(sql::query_scalar("SELECT accepted FROM file_schema WHERE tenant_id = $1 AND feed = $2")
        .bind(tenant)
        .bind(feed.as_str())
        .fetch_optional(tx.conn())
        .await?)
}

/// Records the columns of a file; `accept` holds later files against them. A `sparse` file need not have all of them. Answers the version and what came and went,
/// when the file before it had others.
///
/// # Errors
/// When the database refuses.
pub async fn record(
    tx: &mut TenantTx,
    feed: Feed,
    columns: &[String],
    sparse: bool,
    accept: bool,
) -> Result<Option<(i64, SchemaChange)>, DbError> {
    let tenant = tx.tenant();
    let before: Option<(Vec<String>, i64)> = sql::query_as(
        "SELECT seen, version FROM file_schema WHERE tenant_id = $1 AND feed = $2 FOR UPDATE",
    )
    .bind(tenant)
    .bind(feed.as_str())
    .fetch_optional(tx.conn())
    .await?;
    let mut columns = columns.to_vec();
    if let (true, Some((seen, _))) = (sparse, &before) {
        columns.extend(seen.iter().cloned());
        columns.sort_unstable();
        columns.dedup();
    }
    let change = before.as_ref().and_then(|(seen, _)| SchemaChange::between(seen, &columns));
    let version = before.as_ref().map_or(0, |(_, version)| *version);
    if before.is_some() && change.is_none() && !accept {
        return Ok(None);
    }
    let version = if change.is_some() || before.is_none() { version + 1 } else { version };
    sql::query(
        "INSERT INTO file_schema AS known (tenant_id, feed, accepted, seen, version)
         VALUES ($1, $2, $3, $3, $5)
         ON CONFLICT (tenant_id, feed) DO UPDATE SET
           seen = excluded.seen, version = excluded.version,
           accepted = CASE WHEN $4 THEN excluded.accepted ELSE known.accepted END,
           changed_at = CASE WHEN known.version = excluded.version THEN known.changed_at ELSE now() END",
    )
    .bind(tenant)
    .bind(feed.as_str())
    .bind(columns)
    .bind(accept)
    .bind(version)
    .execute(tx.conn())
    .await?;
    Ok(change.map(|change| (version, change)))
}
