//! Removes what nobody needs any more.

use chrono::TimeDelta;
use common::auth::every_tenant;

use super::App;
use crate::error::Error;
use crate::store::{invitation, login_attempt, refresh_token, session};

/// Ended sessions are kept this long for whoever asks what happened.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// Invitations are listed for this long after their end.
const INVITATIONS_KEPT: TimeDelta = TimeDelta::days(90);

/// Rows of a table that go in one transaction.
const BATCH: u32 = 10_000;

/// Rows that were removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    pub login_attempts: u64,
    pub refresh_tokens: u64,
    pub sessions: u64,
    pub invitations: u64,
}

/// Batch by batch; of a tenant's invitations, one a round.
///
/// # Errors
/// What the database refused.
#[expect(clippy::disallowed_methods, reason = "what is outdated goes in every tenant")]
pub async fn remove_outdated(app: &App) -> Result<Removed, Error> {
    let now = app.clock.now();
    let mut removed = Removed::default();
    loop {
        let mut tx = app.db.identity().await?;
        let login_attempts = login_attempt::remove_expired(&mut tx, now, BATCH).await?;
        // An expired token proves nothing, not even theft.
        let refresh_tokens = refresh_token::remove_expired(&mut tx, now, BATCH).await?;
        let sessions = session::remove_ended(&mut tx, now - SESSIONS_KEPT, BATCH).await?;
        tx.commit().await?;
        removed.login_attempts += login_attempts;
        removed.refresh_tokens += refresh_tokens;
        removed.sessions += sessions;
        if login_attempts.max(refresh_tokens).max(sessions) < u64::from(BATCH) {
            break;
        }
    }
    for scope in every_tenant(&app.db).await? {
        let mut tx = app.db.tenant(&scope).await?;
        let before = now - INVITATIONS_KEPT;
        removed.invitations += invitation::remove_ended(&mut tx, before, BATCH).await?;
        tx.commit().await?;
    }
    Ok(removed)
}
