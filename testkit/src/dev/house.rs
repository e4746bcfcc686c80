//! Postgres, the stand-ins and the six processes, up together and down together.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use base64::Engine;
use common::db::sql::Text;
use rand::Rng;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::Database;
use sqlx::{Connection, Executor};

use super::folder::Folder;
use super::ports::Ports;
use super::process::Process;
use super::services::{self, ROLES, Settings};
use super::stand_ins::{CLIENT_ID, CLIENT_SECRET, StandIns};
use crate::bigquery::Dataset;
use crate::postgres::{Postgres, Profile, with_database};

/// A process drains within this time of SIGTERM.
pub const DRAINS_WITHIN: Duration = Duration::from_secs(10);
const DATABASE: &str = "footfall";
const NEVER_REFUSED: &str = "1000000000";

/// Everything that runs. Dropping it ends everything.
#[derive(Debug)]
pub struct House {
    // Fields are dropped in this order: services before what they need.
    pub processes: Vec<Process>,
    pub stand_ins: StandIns,
    postgres: Option<Postgres>,
    pub settings: Settings,
    pub mails: PathBuf,
    logs: PathBuf,
}

impl House {
    /// Starts everything and waits until all six processes are ready.
    ///
    /// # Errors
    /// When anything does not start.
    pub async fn start(
        folder: &Folder,
        ports: Ports,
        people: &[&str],
        datasets: Vec<Dataset>,
    ) -> anyhow::Result<Self> {
        let cluster = folder.path().join("postgres");
        let postgres =
            tokio::task::spawn_blocking(move || Postgres::start(&cluster, Profile::Durable))
                .await??;
        let password = kept_secret(folder, "logins.password", 24)?;
        prepare_database(&postgres.url("postgres"), &password).await?;
        let stand_ins = StandIns::start(ports, folder.path(), people, datasets).await?;
        let mails = folder.sub("mails")?;
        let settings = settings(folder, ports, &postgres, &password, &stand_ins, &mails)?;
        let mut house = Self {
            processes: Vec::new(),
            stand_ins,
            postgres: Some(postgres),
            settings,
            mails,
            logs: folder.sub("logs")?,
        };
        for role in ROLES {
            house.processes.push(house.settings.start(role, &house.logs, &[])?);
        }
        let http = super::api::client()?;
        for (role, process) in ROLES.iter().zip(&house.processes) {
            services::wait_ready(&http, process, ports.at(role.port)).await?;
        }
        Ok(house)
    }

    /// Drains the services, newest first, then ends the rest. Answers how long each took.
    ///
    /// # Errors
    /// When one did not drain in time or ended with a failure.
    pub fn stop(mut self) -> anyhow::Result<Vec<(String, Duration)>> {
        let mut drained = Vec::new();
        let mut failure = None;
        while let Some(process) = self.processes.pop() {
            let name = process.name().to_owned();
            match process.stop(DRAINS_WITHIN) {
                Ok(took) => drained.push((name, took)),
                Err(error) => failure = Some(error),
            }
        }
        if let Some(postgres) = self.postgres.take() {
            postgres.stop()?;
        }
        failure.map_or(Ok(drained), Err)
    }

    /// Drains one process and leaves it stopped.
    ///
    /// # Errors
    /// When it does not run or does not drain.
    pub async fn stop_one(&mut self, name: &str) -> anyhow::Result<()> {
        let at = self.processes.iter().position(|process| process.name() == name);
        let old = self.processes.remove(at.with_context(|| format!("{name} does not run"))?);
        tokio::task::spawn_blocking(move || old.stop(DRAINS_WITHIN)).await??;
        Ok(())
    }

    /// Starts a process anew, with `more` settings than all of its service have.
    ///
    /// # Errors
    /// When it does not drain or does not start.
    pub async fn restart(&mut self, name: &str, more: &[(&str, &str)]) -> anyhow::Result<()> {
        self.stop_one(name).await?;
        let role = ROLES.into_iter().find(|role| role.name() == name);
        let role = role.with_context(|| format!("no role {name}"))?;
        let process = self.settings.start(role, &self.logs, more)?;
        let port = self.settings.ports.at(role.port);
        let ready = services::wait_ready(&super::api::client()?, &process, port).await;
        self.processes.push(process);
        ready
    }

    /// Address of the database as the role that owns the schema.
    #[must_use]
    pub fn owner_url(&self) -> Option<String> {
        self.postgres.as_ref().map(|postgres| postgres.url(DATABASE))
    }

    /// The process of a role, for measuring.
    #[must_use]
    pub fn process(&self, name: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.name() == name)
    }
}

async fn prepare_database(cluster: &str, password: &str) -> anyhow::Result<()> {
    let mut connection = sqlx::PgConnection::connect(cluster).await?;
    let exists = format!("SELECT FROM pg_database WHERE datname = '{DATABASE}'");
    if connection.fetch_optional(Text::trusted(exists)).await?.is_none() {
        connection.execute(Text::trusted(format!("CREATE DATABASE {DATABASE}"))).await?;
    }
    connection.close().await?;
    let owner = Database::connect(with_database(cluster, DATABASE)).await?;
    migrations::roles::ensure(&owner).await?;
    for login in migrations::roles::LOGINS {
        migrations::roles::set_password(&owner, login, password).await?;
    }
    migrations::Migrator::up(&owner, None).await?;
    owner.close().await?;
    Ok(())
}

/// A random text that stays the same as long as the folder does.
fn kept_secret(folder: &Folder, name: &str, bytes: usize) -> anyhow::Result<String> {
    let path = folder.path().join(name);
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Ok(text);
    }
    let mut random = vec![0; bytes];
    rand::rng().fill(random.as_mut_slice());
    let text = base64::engine::general_purpose::STANDARD.encode(random);
    std::fs::write(&path, &text)?;
    Ok(text)
}

fn settings(
    folder: &Folder,
    ports: Ports,
    postgres: &Postgres,
    password: &str,
    stand_ins: &StandIns,
    mails: &Path,
) -> anyhow::Result<Settings> {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let password = password.to_owned();
    let base = postgres.url(DATABASE);
    let origin = |port| format!("http://localhost:{}", ports.at(port));
    Ok(Settings {
        ports,
        database_url: with_login(&base, "LOGIN", &password)?,
        database: |settings, login| settings.database_url.replacen("LOGIN", login.role(), 1),
        shared: vec![
            pair("FOOTFALL_CRYPTO__KEYS__DEMO", &kept_secret(folder, "encryption.key", 32)?),
            pair("FOOTFALL_CRYPTO__ACTIVE", "demo"),
            // The stand-ins listen where a tenant's connection may not lead otherwise.
            pair("FOOTFALL_NET__ALLOW_PRIVATE", "127.0.0.0/8,::1/128"),
            pair("FOOTFALL_HTTP__INSECURE_LOOPBACK_COOKIES", "true"),
            // What is measured counts, and is never refused.
            pair("FOOTFALL_HTTP__ADDRESS_REQUESTS_A_MINUTE", NEVER_REFUSED),
            pair("FOOTFALL_HTTP__CALLER_REQUESTS_A_MINUTE", NEVER_REFUSED),
            pair("FOOTFALL_HTTP__TENANT_REQUESTS_A_MINUTE", NEVER_REFUSED),
        ],
        auth: vec![
            pair("FOOTFALL_OIDC__ISSUER", stand_ins.openid.issuer()),
            pair("FOOTFALL_OIDC__CLIENT_ID", CLIENT_ID),
            pair("FOOTFALL_OIDC__CLIENT_SECRET", CLIENT_SECRET),
            pair("FOOTFALL_SERVICES__DATA_URL", &origin(8002)),
            pair("FOOTFALL_SERVICES__ANALYTICS_URL", &origin(8001)),
        ],
        data: vec![
            pair("FOOTFALL_BIGQUERY__BASE_URL", &stand_ins.bigquery.base_url()),
            pair("FOOTFALL_BIGQUERY__TOKEN_URIS", stand_ins.bigquery.token_uri()),
        ],
        analytics: vec![pair("FOOTFALL_MAIL__FOLDER", &mails.to_string_lossy())],
    })
}

/// The address with another login, percent-encoded password.
fn with_login(url: &str, login: &str, password: &str) -> anyhow::Result<String> {
    let (_, rest) = url.split_once('@').ok_or_else(|| anyhow::anyhow!("no login in {url}"))?;
    let password: String = password
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    Ok(format!("postgres://{login}:{password}@{rest}"))
}
