//! Transactions that carry who they act for.
//!
//! sqlx's `begin` is not cancel-safe: a future dropped while `BEGIN` is on the wire returns a
//! connection to the pool with the transaction open and the tenant set. Here the connection
//! counts as unusable from before `BEGIN` until its answer, and again during `COMMIT`; dropped
//! in between, it is closed instead of returned.

use std::fmt;

use futures_util::lock::Mutex;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgPool, PgTransactionManager, Postgres};
use sqlx_core::transaction::TransactionManager;

use super::DbError;
use super::abandon::abandoning;
use super::sql::Text;
use crate::kernel::{TenantId, TenantScope};

/// Bytes of a COPY in one message.
const COPY_PART: usize = 128 << 10;

/// What the transaction may see.
#[derive(Debug, Clone, Copy)]
pub(super) enum Role {
    Tenant(TenantId),
    /// Reads one state of the database, however many statements ask.
    Snapshot(TenantId),
    Worker,
    Lookup,
    Login,
}

impl Role {
    /// Both statements travel in one message, so nothing but a typed id is formatted in.
    fn begin(self) -> String {
        match self {
            Self::Tenant(id) => {
                format!("BEGIN; SELECT set_config('app.tenant_id', '{id}', true)")
            }
            Self::Snapshot(id) => format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                 SELECT set_config('app.tenant_id', '{id}', true)"
            ),
            Self::Worker => "BEGIN; SET LOCAL ROLE footfall_worker".to_owned(),
            Self::Lookup => "BEGIN READ ONLY; SET LOCAL ROLE footfall_auth".to_owned(),
            Self::Login => "BEGIN".to_owned(),
        }
    }
}

/// A pooled connection inside an open transaction.
pub(super) struct Opened {
    connection: PoolConnection<Postgres>,
    /// False while the server may be in another state than we believe.
    known: bool,
}

impl Opened {
    pub(super) async fn begin(pool: &PgPool, role: Role) -> Result<Self, DbError> {
        let connection = pool.acquire().await?;
        let mut opened = Self { connection, known: false };
        PgTransactionManager::begin(&mut opened.connection, Some(Text::trusted(role.begin())))
            .await?;
        opened.known = true;
        Ok(opened)
    }

    async fn commit(mut self) -> Result<(), DbError> {
        self.known = false;
        PgTransactionManager::commit(&mut self.connection).await?;
        self.known = true;
        Ok(())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.known && !abandoning() {
            // Queued, and sent when the connection goes back to the pool: a reader does not wait.
            PgTransactionManager::start_rollback(&mut self.connection);
        } else {
            self.connection.close_on_drop();
        }
    }
}

macro_rules! doors {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub struct $name {
            opened: Mutex<Opened>,
        }

        impl $name {
            pub(super) fn new(opened: Opened) -> Self {
                Self { opened: Mutex::new(opened) }
            }

            /// The connection, for sqlx statements.
            pub fn conn(&mut self) -> &mut PgConnection {
                &mut self.opened.get_mut().connection
            }

            /// # Errors
            /// What the database refused; nothing is written then.
            pub async fn commit(self) -> Result<(), DbError> {
                self.opened.into_inner().commit().await
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        connection_trait!($name);
    )+};
}

macro_rules! connection_trait {
    ($name:ident) => {
        #[async_trait::async_trait]
        impl ConnectionTrait for $name {
            fn get_database_backend(&self) -> DbBackend {
                DbBackend::Postgres
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                let mut opened = self.opened.lock().await;
                bound(statement)
                    .execute(&mut *opened.connection)
                    .await
                    .map(Into::into)
                    .map_err(|e| DbErr::Exec(RuntimeErr::SqlxError(e.into())))
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await
            }

            async fn query_one_raw(
                &self,
                statement: Statement,
            ) -> Result<Option<QueryResult>, DbErr> {
                let mut opened = self.opened.lock().await;
                bound(statement)
                    .fetch_optional(&mut *opened.connection)
                    .await
                    .map(|row| row.map(Into::into))
                    .map_err(|e| DbErr::Query(RuntimeErr::SqlxError(e.into())))
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                let mut opened = self.opened.lock().await;
                bound(statement)
                    .fetch_all(&mut *opened.connection)
                    .await
                    .map(|rows| rows.into_iter().map(Into::into).collect())
                    .map_err(|e| DbErr::Query(RuntimeErr::SqlxError(e.into())))
            }
        }
    };
}

/// sea-orm builds its SQL itself and binds every value, so its text is safe to send.
#[expect(clippy::disallowed_methods, reason = "the bridge from sea-orm's statement to sqlx")]
fn bound(
    statement: Statement,
) -> sqlx::query::Query<'static, Postgres, sea_query_sqlx::SqlxValues> {
    let values = statement.values.unwrap_or(sea_orm::Values(Vec::new()));
    sqlx::query_with(Text::trusted(statement.sql), sea_query_sqlx::SqlxValues(values))
}

doors! {
    /// A transaction over the queue and log tables of all tenants.
    WorkerTx,
    /// A read-only transaction over the credentials of all tenants.
    LookupTx,
    /// A transaction over the tables that belong to no tenant.
    IdentityTx,
}

/// A transaction that sees and writes the rows of one tenant only; row-level security holds the
/// line even where a statement forgets to name it.
pub struct TenantTx {
    opened: Mutex<Opened>,
    scope: TenantScope,
}

impl TenantTx {
    pub(super) fn new(opened: Opened, scope: TenantScope) -> Self {
        Self { opened: Mutex::new(opened), scope }
    }

    /// The tenant this transaction acts for, to be bound in statements.
    #[must_use]
    pub fn tenant(&self) -> uuid::Uuid {
        self.scope.tenant_id().uuid()
    }

    #[must_use]
    pub const fn scope(&self) -> &TenantScope {
        &self.scope
    }

    /// The connection, for sqlx statements.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.opened.get_mut().connection
    }

    /// Sends `data` as the input of `statement`, a `COPY … FROM STDIN`. Returns the rows written.
    ///
    /// The only way to copy that may be dropped half-way: sqlx does not count the answers that
    /// its own COPY still has to come, and the pool's next user would read them as its own.
    ///
    /// # Errors
    /// What the database refused; the transaction is of no use then.
    pub async fn copy_in(&mut self, statement: &str, data: &[u8]) -> Result<u64, DbError> {
        let opened = self.opened.get_mut();
        opened.known = false;
        let mut copy = opened.connection.copy_in_raw(statement).await?;
        // A connection keeps a buffer as long as the longest message it ever sent.
        for part in data.chunks(COPY_PART) {
            copy.send(part).await?;
        }
        let rows = copy.finish().await?;
        opened.known = true;
        Ok(rows)
    }

    /// # Errors
    /// What the database refused; nothing is written then.
    pub async fn commit(self) -> Result<(), DbError> {
        self.opened.into_inner().commit().await
    }
}

impl fmt::Debug for TenantTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantTx").field("scope", &self.scope).finish_non_exhaustive()
    }
}

connection_trait!(TenantTx);
