//! `data-service serve`: the web API.

use common::boot::Running;
use common::http::bind;
use common::http::cursor::CursorKey;
use common::kernel::Secret;

use super::health::health;
use super::steps::ingestion;
use crate::app::test_connection::ConnectionTester;
use crate::config::Config;
use crate::http::{State, app};

/// Serves until a stop is asked for.
///
/// # Errors
/// When the address is taken or the configuration unusable.
pub async fn serve(running: Running<Config>) -> anyhow::Result<()> {
    let health = health(&running);
    let ingestion = ingestion(&running, &running.db)?;
    let Running { config, db, tasks, clock } = running;
    let shutdown = tasks.shutdown().clone();
    let connections = ConnectionTester::new(&config.bigquery, &config.net, clock.clone());
    let state = State {
        db,
        cursor_key: cursor_key(&config),
        clock,
        shutdown: shutdown.clone(),
        connections,
        ingestion,
    };
    let app = app(&state, &config.http, health)?;
    bind(config.http.bind).await?.serve(app, &shutdown).await;
    Ok(())
}

/// From the key that seals: the configuration was refused if there is none.
fn cursor_key(config: &Config) -> CursorKey {
    let none = Secret::default();
    CursorKey::derive(config.crypto.keys.get(&config.crypto.active).unwrap_or(&none))
}
