//! The job steps of this service, with health and metrics on a port of their own.

use std::time::Duration;

use common::boot::{Running, db_options};
use common::erasure::{self, keep_erasing};
use common::http::{bind, health_only};
use common::jobs::{Worker, WorkerOptions};

use super::wiring::{health, steps};
use crate::config::Config;
use crate::http::SERVICE;

/// Works until a stop is asked for.
///
/// # Errors
/// When the configuration is not usable, the port is taken or the worker fails.
pub async fn work(running: Running<Config>) -> anyhow::Result<()> {
    let (config, shutdown) = (&running.config, running.tasks.shutdown().clone());
    let registry = steps(&running)?;
    let options = WorkerOptions {
        concurrency: config.workers.concurrency,
        lease: Duration::from_millis(config.workers.lease_ms),
        ..WorkerOptions::new(format!("analytics-service/{}", std::process::id()))
    };
    let heartbeat = db_options("analytics-service heartbeat", &config.database);
    let worker = Worker::new(running.db.clone(), heartbeat, registry, options);
    let endpoint = health_only(SERVICE, &config.http, health(&running))?;
    let server = bind(config.http.workers_bind).await?;
    let (db, clock) = (running.db.clone(), running.clock.clone());
    let erasing = keep_erasing(db, clock, erasure::PERIOD, shutdown.clone());
    running.tasks.spawn("erasure", erasing);
    let stop = shutdown.token();
    running.tasks.spawn_essential("worker", async move { worker.run(stop).await });
    server.serve(endpoint, &shutdown).await;
    Ok(())
}
