//! Runs one role from start to drain.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::db_options;
use super::memory::give_back_large_buffers;
use super::upkeep::sum_up_metrics;
use crate::config::{ConfigError, ServiceConfig, load};
use crate::db::{Db, DbError, SchemaMismatch};
use crate::kernel::{SharedClock, SystemClock};
use crate::lifecycle::{Exit, Shutdown, Tasks};
use crate::telemetry::{init_logs, metrics_handle};

/// From the stop signal to the end of the process.
const DRAIN: Duration = Duration::from_secs(10);

/// What is known before the configuration is read.
#[derive(Debug)]
pub struct Boot {
    /// `auth-service`, `data-service` or `analytics-service`.
    pub service: &'static str,
    /// The file named on the command line.
    pub config_file: Option<PathBuf>,
    /// Newest migration this binary needs.
    pub schema: String,
}

/// What a role gets to work with.
#[derive(Debug)]
pub struct Running<C> {
    /// The service's configuration.
    pub config: Arc<C>,
    /// The database, at the schema this binary needs.
    pub db: Db,
    /// Where background work is spawned; holds the stop signal.
    pub tasks: Tasks,
    /// The wall clock.
    pub clock: SharedClock,
}

/// Runs `role` to its end or to a signal, drains, and says how it went. A role that serves returns when the stop is
/// asked for; an admin verb returns when it is done.
pub fn run<C, F, Fut>(boot: Boot, role: F) -> Exit
where
    C: ServiceConfig + DeserializeOwned + Serialize + Default,
    F: FnOnce(Running<C>) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let config = match configure::<C>(&boot) {
        Ok(config) => config,
        Err(error) => {
            // Logs are configured by what could not be read.
            eprintln!("{}: {:#}", boot.service, anyhow::Error::new(error));
            return Exit::Configuration;
        }
    };
    if let Err(error) = init_logs(config.telemetry()) {
        eprintln!("{}: {error}", boot.service);
        return Exit::Configuration;
    }
    metrics_handle();
    give_back_large_buffers();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no async runtime");
            return Exit::Failed;
        }
    };
    let exit = runtime.block_on(supervise(&boot, config, role));
    // Blocking work that did not listen must not hold up the end; its leases expire by themselves.
    runtime.shutdown_timeout(Duration::from_millis(200));
    tracing::info!(code = exit.code(), "stopped");
    exit
}

fn configure<C>(boot: &Boot) -> Result<C, ConfigError>
where
    C: ServiceConfig + DeserializeOwned + Serialize + Default,
{
    let config: C = load(boot.service, boot.config_file.as_deref())?;
    config.validate()?;
    Ok(config)
}

async fn supervise<C, F, Fut>(boot: &Boot, config: C, role: F) -> Exit
where
    C: ServiceConfig,
    F: FnOnce(Running<C>) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let shutdown = Shutdown::new();
    let signals = match shutdown.on_signals() {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "cannot listen for signals");
            return Exit::Failed;
        }
    };
    tokio::select! {
        exit = live(boot, config, role, shutdown.clone()) => exit,
        // Completes at the second signal only.
        () = signals => Exit::Stopped,
    }
}

async fn live<C, F, Fut>(boot: &Boot, config: C, role: F, shutdown: Shutdown) -> Exit
where
    C: ServiceConfig,
    F: FnOnce(Running<C>) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let db = tokio::select! {
        opened = open(boot, &config) => match opened {
            Ok(db) => db,
            Err(exit) => return exit,
        },
        () = shutdown.wait() => return Exit::Drained,
    };
    let tasks = Tasks::new(shutdown.clone());
    tasks.spawn("metrics", sum_up_metrics(shutdown.clone()));
    let clock: SharedClock = Arc::new(SystemClock);
    let running = Running { config: Arc::new(config), db: db.clone(), tasks: tasks.clone(), clock };
    let overdue = async {
        shutdown.wait().await;
        tokio::time::sleep(DRAIN).await;
    };
    let drained = async {
        let outcome = role(running).await;
        if let Err(error) = &outcome {
            tracing::error!(error = format!("{error:#}"), "failed");
        }
        // The outer deadline ends this wait.
        let drained = tasks.drain(DRAIN).await;
        if let Err(error) = &drained {
            tracing::error!(%error, "drain");
        }
        match (outcome, drained) {
            (Ok(()), Ok(())) if !tasks.failed() => Exit::Drained,
            (_, Err(_)) => Exit::DrainTimedOut,
            _ => Exit::Failed,
        }
    };
    let exit = tokio::select! {
        exit = drained => exit,
        () = overdue => {
            tracing::error!("the drain deadline passed");
            Exit::DrainTimedOut
        }
    };
    // Open connections would otherwise show as lost clients in the database's log.
    let _ = tokio::time::timeout(Duration::from_millis(500), db.close()).await;
    exit
}

async fn open<C: ServiceConfig>(boot: &Boot, config: &C) -> Result<Db, Exit> {
    let options = db_options(boot.service, config.database());
    let db = Db::connect(&options).await.map_err(|error| {
        let exit = if matches!(error, DbError::Configuration(_)) {
            Exit::Configuration
        } else {
            Exit::Database
        };
        tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "no database");
        exit
    })?;
    db.check_schema(&boot.schema).await.map_err(|error: SchemaMismatch| {
        tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "schema");
        Exit::Database
    })?;
    Ok(db)
}
