//! Removes what nobody needs any more.

use chrono::TimeDelta;

use super::App;
use crate::error::Error;
use crate::store::{login_attempt, session};

/// Ended sessions are kept this long for whoever asks what happened.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// Rows that were removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    pub login_attempts: u64,
    pub sessions: u64,
}

/// # Errors
/// What the database refused.
pub async fn remove_outdated(app: &App) -> Result<Removed, Error> {
    let now = app.clock.now();
    let mut tx = app.db.identity().await?;
    let login_attempts = login_attempt::remove_expired(&mut tx, now).await?;
    let sessions = session::remove_ended(&mut tx, now - SESSIONS_KEPT).await?;
    tx.commit().await?;
    Ok(Removed { login_attempts, sessions })
}
