//! A cluster of its own for the tests that stop and start Postgres. Services reach it through a
//! proxy, because a started cluster has a new port.

use common::kernel::TenantScope;
use sea_orm_migration::sea_orm::Database;
use tempfile::TempDir;

use super::{ServiceLogin, template, tenant};
use crate::canary;
use crate::postgres::{PostgresError, Process, Profile};
use crate::proxy::FaultProxy;

const DATABASE: &str = "footfall";
/// Of the services' logins; nobody else reaches the cluster.
const PASSWORD: &str = canary::MARKER;

/// Stopped and deleted with the value.
#[derive(Debug)]
pub struct PrivateDb {
    server: Option<Process>,
    // After the server, which works in it.
    folder: TempDir,
    profile: Profile,
    proxy: FaultProxy,
}

impl PrivateDb {
    /// A running cluster with the schema and two tenants.
    ///
    /// # Errors
    /// When Postgres does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with_profile(Profile::Test).await
    }

    /// As [`Self::start`], with what production would run with where that is asked for.
    ///
    /// # Errors
    /// When Postgres does not start.
    pub async fn with_profile(profile: Profile) -> anyhow::Result<Self> {
        canary::logs::keep_own();
        let folder = tempfile::Builder::new().prefix("footfall-private-").tempdir()?;
        let server = launch(folder.path().to_owned(), profile).await?;
        let mut admin = super::admin::connect(&server.url("postgres")).await?;
        super::admin::execute(&mut admin, format!("create database {DATABASE}")).await?;
        template::fill(&server.url(DATABASE)).await?;
        let owner = Database::connect(server.url(DATABASE)).await?;
        for login in migrations::roles::LOGINS {
            migrations::roles::set_password(&owner, login, PASSWORD).await?;
        }
        owner.close().await?;
        let proxy = FaultProxy::in_front_of(&server.url(DATABASE)).await?;
        Ok(Self { server: Some(server), folder, profile, proxy })
    }

    #[must_use]
    pub const fn proxy(&self) -> &FaultProxy {
        &self.proxy
    }

    /// Through the proxy, like a service's configuration would name it.
    ///
    /// # Panics
    /// While the server is stopped.
    #[must_use]
    pub fn login_url(&self, login: ServiceLogin) -> String {
        self.proxy.url(&self.direct_url(login))
    }

    /// As [`Self::login_url`], past the proxy: it costs time that is not to be measured.
    ///
    /// # Panics
    /// While the server is stopped.
    #[must_use]
    pub fn direct_url(&self, login: ServiceLogin) -> String {
        login.url(&self.owner_url()).replacen('@', &format!(":{PASSWORD}@"), 1)
    }

    /// The role that owns the schema, past the proxy.
    ///
    /// # Panics
    /// While the server is stopped.
    #[must_use]
    pub fn owner_url(&self) -> String {
        match &self.server {
            Some(server) => server.url(DATABASE),
            None => panic!("the server is stopped"),
        }
    }

    #[must_use]
    pub fn alpha(&self) -> TenantScope {
        tenant::ALPHA.scope()
    }

    #[must_use]
    pub fn beta(&self) -> TenantScope {
        tenant::BETA.scope()
    }

    /// Stops the server, in good order or as a crash does, and starts it again.
    ///
    /// # Errors
    /// When it does not stop or start.
    pub async fn restart(&mut self, crash: bool) -> anyhow::Result<()> {
        if let Some(server) = self.server.take() {
            let end = move || if crash { server.kill() } else { server.stop() };
            tokio::task::spawn_blocking(end).await??;
        }
        let server = launch(self.folder.path().to_owned(), self.profile).await?;
        self.proxy.lead_to(([127, 0, 0, 1], server.port()).into());
        self.server = Some(server);
        Ok(())
    }
}

/// On a thread of its own: starting blocks.
async fn launch(folder: std::path::PathBuf, profile: Profile) -> anyhow::Result<Process> {
    let start = move || -> Result<Process, PostgresError> { Process::start(&folder, profile) };
    Ok(tokio::task::spawn_blocking(start).await??)
}

impl Drop for PrivateDb {
    fn drop(&mut self) {
        // Searched with the other logs of the run; the folder goes with the value.
        if let Some(server) = &self.server
            && let Err(error) = canary::logs::copy(&server.home().log(), "postgres")
        {
            tracing::warn!(%error, "the log of a private cluster is not kept");
        }
    }
}
