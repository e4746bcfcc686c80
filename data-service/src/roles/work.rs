//! `data-service work`: runs steps, and answers health and metrics.

use std::convert::Infallible;
use std::time::Duration;

use common::boot::{Running, db_options};
use common::crypto::Keyring;
use common::db::Db;
use common::erasure::{self, keep_erasing};
use common::http::{bind, health_only, keep_forgetting};
use common::jobs::Worker;
use common::jobs::schedule::Scheduler;

use super::health::health;
use super::steps::steps;
use crate::NAME;
use crate::app::scheduled_job::ScheduledJobs;
use crate::app::sweep_staging::sweep_until;
use crate::app::webhooks;
use crate::config::Config;
use crate::http::SERVICE;

/// Answers to idempotency keys are kept for days.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// Works until a stop is asked for; what cannot finish in time is handed back.
///
/// # Errors
/// When the address is taken, the configuration unusable or the heartbeat cannot start.
pub async fn work(running: Running<Config>) -> anyhow::Result<()> {
    let Running { config, tasks, .. } = &running;
    config.connections()?;
    let health = health_only(SERVICE, &config.http, health(&running))?;
    let server = bind(config.http.workers_bind).await?;
    let shutdown = tasks.shutdown().clone();
    tasks.spawn_essential("health", async move {
        server.serve(health, &shutdown).await;
        Ok::<(), Infallible>(())
    });

    let (db, clock) = (running.db.clone(), running.clock.clone());
    let erasing =
        keep_erasing(db.clone(), clock.clone(), erasure::PERIOD, tasks.shutdown().clone());
    tasks.spawn("erasure", erasing);
    tasks.spawn("forgetting", keep_forgetting(db, clock, FORGET_EVERY, tasks.shutdown().clone()));

    let heartbeat = db_options(NAME, &config.database);
    let mut options = heartbeat.clone();
    options.statement_timeout = Duration::from_millis(config.workers.statement_timeout_ms);
    let db = Db::connect(&options).await?;
    let sweeping = sweep_until(db.clone(), running.clock.clone(), tasks.shutdown().clone());
    tasks.spawn("staging sweep", sweeping);
    let keyring = Keyring::from_settings(&running.config.crypto)?;
    let (clock, shutdown) = (running.clock.clone(), tasks.shutdown().clone());
    tasks.spawn("webhooks", webhooks::keep_house(db.clone(), keyring, clock, shutdown));
    let registry = steps(&running, &db)?;
    let options = config.workers.options(worker_name());
    let scheduler =
        Scheduler::new(db.clone(), running.clock.clone(), ScheduledJobs, "data scheduler");
    let worker = Worker::new(db.clone(), heartbeat, registry, options);
    let stop = tasks.shutdown().token();
    let (worked, ()) = tokio::join!(worker.run(stop.clone()), scheduler.run(stop));
    worked?;
    db.close().await;
    Ok(())
}

/// Whose leases these are, for people: machine and process.
fn worker_name() -> String {
    let machine = std::env::var("HOSTNAME").unwrap_or_else(|_| NAME.to_owned());
    format!("{machine}:{}", std::process::id())
}
