//! The rows of tenants whose grace period is over.
//!
//! Each table has one writing service, and only that one may delete from it: every service's
//! `work` erases what is its own. The audit trail stays, and so does the tenant's own row, which
//! auth-service closes when nothing else is left.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::db::sql::Text;
use crate::db::{Db, DbError, sql};
use crate::kernel::{SharedClock, TenantId, TenantScope};
use crate::lifecycle::Shutdown;

/// Between two rounds of a service. A grace period is days long.
pub const PERIOD: Duration = Duration::from_secs(60);

/// Rows of a table that go in one transaction, give or take: what is deleted stays so, however long the rest takes.
const BATCH: u64 = 50_000;

/// Longest that one tenant is worked on in a round, as the others wait for theirs.
const TURN: Duration = Duration::from_secs(300);

/// What outlives a tenant.
const KEPT: [&str; 2] = ["tenant", "audit_entry"];

/// The tenants whose rows are to go, the longest overdue first.
///
/// # Errors
/// What the database refused.
pub async fn due(db: &Db, now: DateTime<Utc>) -> Result<Vec<TenantScope>, DbError> {
    let mut tx = db.lookup().await?;
    let tenants: Vec<Uuid> = sql::query_scalar(
        "SELECT tenant_id FROM tenant
         WHERE state = 'deleting' AND delete_after <= $1 AND tenant_id <> $2
         ORDER BY delete_after",
    )
    .bind(now)
    .bind(TenantId::SYSTEM.uuid())
    .fetch_all(tx.conn())
    .await?;
    let scope = |tenant| TenantScope::new(TenantId::from_uuid(tenant));
    Ok(tenants.into_iter().map(scope).collect())
}

/// Deletes the tenant's rows from every table that this login may delete from. Rows that others
/// still refer to stay for a later round, and so does what would take longer than a round has.
/// How many rows went comes back.
///
/// # Errors
/// What the database refused.
pub async fn erase(db: &Db, scope: &TenantScope) -> Result<u64, DbError> {
    let until = Instant::now() + TURN;
    let mut tables = tables(db, scope, Rights::Delete).await?;
    let mut erased = 0;
    loop {
        let (before, mut referred) = (tables.len(), Vec::new());
        for table in tables {
            match erase_from(db, scope, &table, until, &mut erased).await {
                Ok(()) => {}
                Err(DbError::ForeignKey { .. }) => referred.push(table),
                Err(error) => return Err(error),
            }
        }
        if referred.is_empty() || referred.len() == before || Instant::now() >= until {
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
        if let Err(error) = erase_all(&db, &clock).await {
            tracing::error!(%error, "rows of deleted tenants not erased");
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = shutdown.wait() => return,
        }
    }
}

/// One tenant that cannot be erased keeps no other; without the database, the round is over.
async fn erase_all(db: &Db, clock: &SharedClock) -> Result<(), DbError> {
    for scope in due(db, clock.now()).await? {
        let tenant = scope.tenant_id();
        match erase(db, &scope).await {
            Ok(0) => {}
            Ok(rows) => {
                tracing::info!(tenant.id = %tenant, rows, "rows of a deleted tenant erased");
            }
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::error!(tenant.id = %tenant, error, "a deleted tenant is not erased");
                db.ping().await?;
            }
        }
    }
    Ok(())
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

/// Batch by batch, to the end of the tenant's rows or of the time.
async fn erase_from(
    db: &Db,
    scope: &TenantScope,
    table: &str,
    until: Instant,
    erased: &mut u64,
) -> Result<(), DbError> {
    while Instant::now() < until {
        let rows = erase_batch(db, scope, table).await?;
        *erased += rows;
        if rows < BATCH {
            break;
        }
    }
    Ok(())
}

async fn erase_batch(db: &Db, scope: &TenantScope, table: &str) -> Result<u64, DbError> {
    let mut tx = db.tenant(scope).await?;
    // Longer than any request may take.
    sql::query("SET LOCAL statement_timeout = '30min'").execute(tx.conn()).await?;
    let tenant = tx.tenant();
    // Partitions count their rows each for itself: what goes beside those that were found is the tenant's too.
    let text = format!(
        "DELETE FROM {table} WHERE tenant_id = $1
           AND ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE tenant_id = $1 LIMIT {BATCH}))"
    );
    #[expect(clippy::disallowed_methods, reason = "the catalogue names and quotes the table")]
    let query = sqlx::query(Text::trusted(text));
    let done = query.bind(tenant).execute(tx.conn()).await?;
    tx.commit().await?;
    Ok(done.rows_affected())
}
