//! Ends sessions, on every service.

use chrono::{DateTime, Utc};
use common::auth::Session;
use common::kernel::SessionId;
use serde_json::json;
use uuid::Uuid;

use super::{App, Visitor};
use crate::error::Error;
use crate::store::session;

/// Ends the caller's own session; a second click finds it ended.
///
/// # Errors
/// When the database is away; the session then goes on.
pub async fn logout(app: &App, session: &Session, visitor: Visitor<'_>) -> Result<(), Error> {
    match end(app, session, session.session_id, "logout", visitor).await {
        Err(Error::NotFound) => Ok(()),
        ended => ended,
    }
}

/// Ends any session of the same person: a lost laptop's, a client's.
///
/// # Errors
/// [`Error::NotFound`] when it is not theirs, or over.
pub async fn revoke_session(
    app: &App,
    caller: &Session,
    wanted: SessionId,
    visitor: Visitor<'_>,
) -> Result<(), Error> {
    end(app, caller, wanted, "session.revoked", visitor).await
}

async fn end(
    app: &App,
    caller: &Session,
    wanted: SessionId,
    action: &str,
    visitor: Visitor<'_>,
) -> Result<(), Error> {
    let person = caller.person_id;
    let mut tx = app.db.identity().await?;
    if !session::revoke_of(&mut tx, person, wanted, app.clock.now()).await? {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    let detail = json!({ "session_id": wanted });
    visitor.record_person(app, person, action, "ok", detail).await?;
    tracing::info!(session.id = %wanted, action, "session ended");
    Ok(())
}

/// A session that still lets its person in.
#[derive(Debug)]
pub struct LivingSession {
    pub session_id: Uuid,
    pub client: bool,
    pub label: Option<String>,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// # Errors
/// When the database is away.
pub async fn living_sessions(app: &App, caller: &Session) -> Result<Vec<LivingSession>, Error> {
    let mut tx = app.db.identity().await?;
    let living = session::living(&mut tx, caller.person_id, app.clock.now()).await?;
    Ok(living
        .into_iter()
        .map(|row| LivingSession {
            session_id: row.session_id,
            client: row.kind == "client",
            label: row.label,
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
        })
        .collect())
}
