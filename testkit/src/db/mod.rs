//! A database of its own for each test, with the real schema and two tenants.
//!
//! ```no_run
//! # async fn test() {
//! let db = testkit::TestDb::new().await;
//! let data = db.connect(testkit::db::ServiceLogin::Data).await;
//! let tx = data.tenant(&db.alpha()).await;
//! # }
//! ```

mod admin;
mod cluster;
mod configuration;
mod login;
mod private;
mod sweep;
mod template;
mod tenant;

pub use login::ServiceLogin;
pub use private::PrivateDb;

use std::sync::OnceLock;

use common::db::{Db, DbOptions};
use common::kernel::{Secret, TenantScope};

use crate::canary::logs;
use crate::postgres;

/// Makes the roles in the cluster at `owner_url`, as `footfall-migrate up` does before it migrates.
///
/// # Errors
/// When that role may not.
pub async fn make_roles(owner_url: &str) -> anyhow::Result<()> {
    let owner = sea_orm_migration::sea_orm::Database::connect(owner_url).await?;
    migrations::roles::ensure(&owner).await?;
    Ok(owner.close().await?)
}

/// Dropped with the value, best effort.
#[derive(Debug)]
pub struct TestDb {
    cluster: &'static str,
    name: String,
    owner_url: String,
}

impl TestDb {
    /// # Panics
    /// When there is no database to be had: a test without its database has not passed.
    pub async fn new() -> Self {
        logs::keep_own();
        let cluster = shared_cluster().await;
        let name = sweep::fresh_name();
        let sql = format!("create database {name} template {} strategy file_copy", template::NAME);
        let copied = async {
            let mut connection = admin::connect(cluster).await?;
            admin::execute(&mut connection, sql).await
        };
        if let Err(error) = copied.await {
            panic!("no test database: {error}");
        }
        let owner_url = postgres::with_database(cluster, &name);
        Self { cluster, name, owner_url }
    }

    /// The role that owns the schema. On the embedded cluster it is the superuser, whom row-level security does not
    /// bind: good for looking at everything, useless for proving tenancy.
    pub fn owner_url(&self) -> &str {
        &self.owner_url
    }

    /// The address for a service's own login, as its configuration would name it.
    pub fn login_url(&self, login: ServiceLogin) -> String {
        login.url(&self.owner_url)
    }

    /// A pool with the rights of one service.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn connect(&self, login: ServiceLogin) -> Db {
        let options = DbOptions::new(Secret::new(self.login_url(login)));
        match Db::connect(&options).await {
            Ok(db) => db,
            Err(error) => panic!("no test database for {login:?}: {error}"),
        }
    }

    /// The first of the two tenants that every test database has.
    pub fn alpha(&self) -> TenantScope {
        tenant::ALPHA.scope()
    }

    /// The other tenant, whose rows no test of alpha may see or touch.
    pub fn beta(&self) -> TenantScope {
        tenant::BETA.scope()
    }

    /// A tenant of its own, for tests that need more than the two.
    ///
    /// # Panics
    /// When the database does not take it.
    pub async fn tenant(&self, slug: &str) -> TenantScope {
        let id = uuid::Uuid::now_v7();
        let inserted = async {
            let mut connection = admin::connect(&self.owner_url).await?;
            admin::execute(&mut connection, tenant::insert(id, slug)).await
        };
        if let Err(error) = inserted.await {
            panic!("no tenant {slug}: {error}");
        }
        tenant::scope(id)
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        admin::execute_blocking(
            self.cluster,
            format!("drop database if exists {} with (force)", self.name),
        );
    }
}

/// The cluster's address; the first caller of the process makes sure that cluster and template exist.
async fn shared_cluster() -> &'static str {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    let prepared = tokio::task::spawn_blocking(|| {
        SHARED.get_or_init(|| prepare().map_err(|e| format!("{e:#}")))
    })
    .await;
    match prepared {
        Ok(Ok(url)) => url,
        Ok(Err(error)) => panic!("no test database: {error}"),
        Err(error) => panic!("no test database: {error}"),
    }
}

/// On a runtime of its own, because the first caller's ends with its test.
fn prepare() -> anyhow::Result<String> {
    let external = postgres::external_url();
    let own = external.is_none();
    let cluster = match external {
        Some(url) => url,
        None => cluster::join()?,
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        template::ensure(&cluster).await?;
        if own {
            sweep::drop_orphans(&cluster).await?;
        }
        Ok(cluster)
    })
}
