//! The web API.

use std::sync::Arc;

use chrono::TimeDelta;
use common::auth::Authenticator;
use common::boot::Running;
use common::http::{Health, bind};

use crate::app::{App, ensure_key};
use crate::cli::SCHEMA;
use crate::config::Config;
use crate::http::{RULES, routes};

/// Serves until a stop is asked for.
///
/// # Errors
/// When the configuration is not usable, the port is taken or the server fails.
pub async fn serve(running: Running<Config>) -> anyhow::Result<()> {
    let Running { config, db, tasks, clock } = running;
    let server = bind(config.http.bind).await?;
    let app = Arc::new(App::new(config.clone(), db.clone(), clock.clone())?);
    ensure_key(&app, rotation(&config)).await?;
    let authenticator = Arc::new(Authenticator::new(db.clone(), clock, RULES, &config.http));
    let tokens = authenticator.clone();
    let health = Health::of_process(tasks.shutdown().clone(), &db, SCHEMA).check(
        "signing_keys",
        move || {
            let tokens = tokens.clone();
            async move { tokens.ready().await }
        },
    );
    server.serve(routes(app, authenticator, health)?, tasks.shutdown()).await;
    Ok(())
}

pub(super) fn rotation(config: &Config) -> TimeDelta {
    TimeDelta::days(config.signing.rotate_after_days.into())
}
