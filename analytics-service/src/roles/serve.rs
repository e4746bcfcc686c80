//! The web API.

use std::sync::Arc;

use common::boot::Running;
use common::http::bind;

use super::wiring::{health, services};
use crate::config::Config;
use crate::http::app;

/// Serves until a stop is asked for.
///
/// # Errors
/// When the configuration is not usable, the port is taken or the server fails.
pub async fn serve(running: Running<Config>) -> anyhow::Result<()> {
    let services = Arc::new(services(&running)?);
    let app = app(&services, &running.config.http, health(&running))?;
    let server = bind(running.config.http.bind).await?;
    server.serve(app, running.tasks.shutdown()).await;
    Ok(())
}
