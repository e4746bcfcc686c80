//! The rows of tenants whose grace period is over.
//!
//! Each table has one writing service, and only that one may delete from it: every service's
//! `work` erases what is its own. The audit trail stays, and so does the tenant's own row, which
//! auth-service closes when nothing else is left.

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::sql::Text;
use crate::db::{Db, DbError, sql};
use crate::kernel::{SharedClock, TenantId, TenantScope};
use crate::lifecycle::Shutdown;

/// Between two rounds of a service. A grace period is days long.
pub const PERIOD: Duration = Duration::from_secs(60);

/// What outlives a tenant.
const KEPT: [&str; 2] = ["tenant", "audit_entry"];

/// The tenants whose rows are to go.
///
/// # Errors
/// What the database refused.
pub async fn due(db: &Db, now: DateTime<Utc>) -> Result<Vec<TenantScope>, DbError> {
    let mut tx = db.lookup().await?;
    let tenants: Vec<Uuid> = sql::query_scalar(
        "SELECT tenant_id FROM tenant
         WHERE state = 'deleting' AND delete_after <= $1 AND tenant_id <> $2",
    )
    .bind(now)
    .bind(TenantId::SYSTEM.uuid())
    .fetch_all(tx.conn())
    .await?;
    let scope = |tenant| TenantScope::new(TenantId::from_uuid(tenant));
    Ok(tenants.into_iter().map(scope).collect())
}

/// Deletes the tenant's rows from every table that this login may delete from. Rows that others
/// still refer to stay for a later round. How many rows went comes back.
///
/// # Errors
/// What the database refused.
pub async fn erase(db: &Db, scope: &TenantScope) -> Result<u64, DbError> {
    let mut tables = tables(db, scope, Rights::Delete).await?;
    let mut erased = 0;
    loop {
        let (before, mut referred) = (tables.len(), Vec::new());
        for table in tables {
            match erase_from(db, scope, &table).await {
                Ok(rows) => erased += rows,
                Err(DbError::ForeignKey { .. }) => referred.push(table),
                Err(error) => return Err(error),
            }
        }
        if referred.is_empty() || referred.len() == before {
            return Ok(erased);
        }
        tables = referred;
    }
}

/// Whether any service still has rows of the tenant, besides what is kept.
///
/// # Errors
/// What the database refused.
pub async fn anything_left(db: &Db, scope: &TenantScope) -> Result<bool, DbError> {
    for table in tables(db, scope, Rights::Read).await? {
        let mut tx = db.tenant(scope).await?;
        let text = format!("SELECT EXISTS (SELECT FROM {table} WHERE tenant_id = $1)");
        let tenant = tx.tenant();
        #[expect(clippy::disallowed_methods, reason = "the catalogue names and quotes the table")]
        let query = sqlx::query_scalar(Text::trusted(text));
        if query.bind(tenant).fetch_one(tx.conn()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// For the `work` role of a service: a round each `period` until a stop is asked for.
pub async fn keep_erasing(db: Db, clock: SharedClock, period: Duration, shutdown: Shutdown) {
    loop {
        match erase_all(&db, &clock).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "rows of deleted tenants erased"),
            Err(error) => tracing::error!(%error, "rows of deleted tenants not erased"),
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = shutdown.wait() => return,
        }
    }
}

async fn erase_all(db: &Db, clock: &SharedClock) -> Result<u64, DbError> {
    let mut erased = 0;
    for scope in due(db, clock.now()).await? {
        erased += erase(db, &scope).await?;
    }
    Ok(erased)
}

/// What this login must be able to do with a table.
#[derive(Debug, Clone, Copy)]
enum Rights {
    Read,
    Delete,
}

/// Quoted names of the tables with tenants' rows.
async fn tables(db: &Db, scope: &TenantScope, rights: Rights) -> Result<Vec<String>, DbError> {
    let right = match rights {
        Rights::Read => "SELECT",
        Rights::Delete => "DELETE",
    };
    let mut tx = db.tenant(scope).await?;
    Ok(sql::query_scalar(
        "SELECT c.oid::regclass::text FROM pg_class c
         JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> ALL ($1)
           AND has_table_privilege(c.oid, $2)
         ORDER BY c.oid",
    )
    .bind(KEPT.as_slice())
    .bind(right)
    .fetch_all(tx.conn())
    .await?)
}

async fn erase_from(db: &Db, scope: &TenantScope, table: &str) -> Result<u64, DbError> {
    let mut tx = db.tenant(scope).await?;
    // Years of events take longer than any request may.
    sql::query("SET LOCAL statement_timeout = '30min'").execute(tx.conn()).await?;
    let tenant = tx.tenant();
    let text = format!("DELETE FROM {table} WHERE tenant_id = $1");
    #[expect(clippy::disallowed_methods, reason = "the catalogue names and quotes the table")]
    let query = sqlx::query(Text::trusted(text));
    let done = query.bind(tenant).execute(tx.conn()).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
