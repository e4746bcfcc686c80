//! Ends a session, on every service.

use common::kernel::SessionId;

use super::App;
use crate::error::Error;
use crate::store::session;

/// # Errors
/// When the database is away; the session then goes on.
pub async fn logout(app: &App, session_id: SessionId) -> Result<(), Error> {
    let mut tx = app.db.identity().await?;
    session::revoke(&mut tx, session_id, app.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(session.id = %session_id, "logged out");
    Ok(())
}
