//! `auth-service keys`: the keys that seal and sign.

use chrono::TimeDelta;
use clap::Subcommand;
use common::boot::Running;

use crate::app::{App, ensure_key, rewrap};
use crate::config::Config;

/// What `keys` is told.
#[derive(Debug, Subcommand)]
pub(super) enum KeysVerb {
    /// Moves every sealed value under the active key-encryption key, while the services run. Afterwards the old key
    /// may leave the configuration. Fails when a value does not open.
    Rewrap,
    /// Publishes a new signing key, which takes over in five minutes. Does nothing while one is waiting.
    Rotate,
}

/// # Errors
/// When the database is away, or a sealed value does not open.
pub(super) async fn keys(running: Running<Config>, verb: KeysVerb) -> anyhow::Result<()> {
    let app = App::new(running.config, running.db, running.clock)?;
    match verb {
        KeysVerb::Rewrap => {
            let done = rewrap(&app).await?;
            println!("{} re-wrapped, {} failed", done.moved, done.failed);
            anyhow::ensure!(done.failed == 0, "some sealed values do not open; keep the old keys");
        }
        KeysVerb::Rotate => {
            ensure_key(&app, TimeDelta::zero()).await?;
            println!("a successor is published");
        }
    }
    Ok(())
}
