//! The pool, and opening its doors.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::door::{Opened, Role};
use super::{DbError, IdentityTx, LookupTx, TenantTx, WorkerTx};
use crate::kernel::{Secret, TenantScope};

const GONE_NOTICED_WITHIN: Duration = Duration::from_secs(1);

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// `postgres://user:password@host:port/database`
    pub url: Secret,
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    pub acquire_timeout: Duration,
    /// Postgres ends a statement that runs longer.
    pub statement_timeout: Duration,
    /// Postgres ends a transaction that stands still longer: the net under a stopped process
    /// that holds a lease row.
    pub idle_in_transaction_timeout: Duration,
    /// Shown in `pg_stat_activity`.
    pub application_name: String,
}

impl DbOptions {
    #[must_use]
    pub fn new(url: Secret) -> Self {
        Self {
            url,
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            idle_in_transaction_timeout: Duration::from_secs(30),
            application_name: "footfall".to_owned(),
        }
    }

    fn connect_options(&self) -> Result<PgConnectOptions, DbError> {
        let millis = |d: Duration| d.as_millis().to_string();
        Ok(PgConnectOptions::from_str(self.url.expose())
            .map_err(|_| DbError::Configuration("the database URL cannot be read".to_owned()))?
            .application_name(&self.application_name)
            .options([
                ("statement_timeout", millis(self.statement_timeout)),
                ("idle_in_transaction_session_timeout", millis(self.idle_in_transaction_timeout)),
                // How soon Postgres notices, in the middle of a statement, that nobody waits for it any more.
                ("client_connection_check_interval", millis(GONE_NOTICED_WITHIN)),
                ("timezone", "UTC".to_owned()),
                // Compiling a plan takes longer than running any of ours.
                ("jit", "off".to_owned()),
            ])
            .disable_statement_logging())
    }
}

/// A handle on the database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: PgPool,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("size", &self.pool.size()).finish()
    }
}

impl Db {
    /// Opens the pool and proves that the database answers.
    ///
    /// # Errors
    /// [`DbError::Configuration`] for a bad URL, [`DbError::Unavailable`] when nothing answers.
    pub async fn connect(options: &DbOptions) -> Result<Self, DbError> {
        let db = Self::connect_lazy(options)?;
        let connection = db.pool.acquire().await.map_err(DbError::from)?;
        drop(connection);
        Ok(db)
    }

    /// Opens the pool without connecting yet.
    ///
    /// # Errors
    /// [`DbError::Configuration`] for a bad URL.
    pub fn connect_lazy(options: &DbOptions) -> Result<Self, DbError> {
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .idle_timeout(Duration::from_secs(300))
            .connect_lazy_with(options.connect_options()?);
        Ok(Self { pool })
    }

    /// For what has no transaction: listening.
    pub(super) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The rows of one tenant.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn tenant(&self, scope: &TenantScope) -> Result<TenantTx, DbError> {
        let opened = Opened::begin(&self.pool, Role::Tenant(scope.tenant_id())).await?;
        Ok(TenantTx::new(opened, scope.clone()))
    }

    /// As [`Self::tenant`], but read-only, and every statement sees the database as the first did:
    /// an answer of several statements is never a mixture.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn snapshot(&self, scope: &TenantScope) -> Result<TenantTx, DbError> {
        let opened = Opened::begin(&self.pool, Role::Snapshot(scope.tenant_id())).await?;
        Ok(TenantTx::new(opened, scope.clone()))
    }

    /// The queue and log tables of all tenants, for claiming work.
    ///
    /// # Errors
    /// When no connection is to be had, or this login is no worker.
    pub async fn worker(&self) -> Result<WorkerTx, DbError> {
        Opened::begin(&self.pool, Role::Worker).await.map(WorkerTx::new)
    }

    /// Credentials of all tenants, read-only, before the tenant is known.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn lookup(&self) -> Result<LookupTx, DbError> {
        Opened::begin(&self.pool, Role::Lookup).await.map(LookupTx::new)
    }

    /// Tables without a tenant (people, sessions, login attempts, signing keys), which only
    /// auth-service may write.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn identity(&self) -> Result<IdentityTx, DbError> {
        Opened::begin(&self.pool, Role::Login).await.map(IdentityTx::new)
    }

    /// Whether the database answers at all; for readiness.
    ///
    /// # Errors
    /// What kept it from answering.
    pub async fn ping(&self) -> Result<(), DbError> {
        let mut tx = self.identity().await?;
        super::sql::query("SELECT 1").execute(tx.conn()).await?;
        Ok(())
    }

    /// Waits until every connection is closed.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
