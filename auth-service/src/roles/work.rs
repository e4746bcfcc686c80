//! Background work: keys, the end of tenants, and retention.

use std::sync::Arc;
use std::time::Duration;

use common::boot::Running;
use common::http::{Health, bind, health_only};
use common::lifecycle::Shutdown;

use super::serve::rotation;
use crate::app::{App, ensure_key, erase_tenants, remove_outdated, rewrap};
use crate::cli::SCHEMA;
use crate::config::Config;
use crate::http::SERVICE;

/// Every job is idempotent and takes turns in the database, so any number of workers may run.
const PERIOD: Duration = Duration::from_secs(300);

/// Works until a stop is asked for.
///
/// # Errors
/// When the configuration is not usable or the port is taken.
pub async fn work(running: Running<Config>) -> anyhow::Result<()> {
    let Running { config, db, tasks, clock } = running;
    let server = bind(config.http.workers_bind).await?;
    let app = Arc::new(App::new(config.clone(), db.clone(), clock)?);
    let health = Health::of_process(tasks.shutdown().clone(), &db, SCHEMA);
    let shutdown = tasks.shutdown().clone();
    tasks.spawn("housekeeping", housekeeping(app, shutdown));
    let endpoint = health_only(SERVICE, &config.http, health)?;
    server.serve(endpoint, tasks.shutdown()).await;
    Ok(())
}

async fn housekeeping(app: Arc<App>, shutdown: Shutdown) {
    loop {
        if let Err(error) = ensure_key(&app, rotation(&app.config)).await {
            tracing::error!(%error, "signing key not ensured");
        }
        if let Err(error) = rewrap(&app).await {
            tracing::error!(%error, "sealed values not re-wrapped");
        }
        if let Err(error) = erase_tenants(&app).await {
            tracing::error!(%error, "deleted tenants not erased");
        }
        match remove_outdated(&app).await {
            Ok(removed) => tracing::debug!(?removed, "removed what is outdated"),
            Err(error) => tracing::error!(%error, "outdated rows not removed"),
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            () = shutdown.wait() => return,
        }
    }
}
