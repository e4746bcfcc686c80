//! Telling idle workers that there is something to claim, so that they need not wait for their
//! next look.

use std::sync::Arc;

use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::db::{DbError, DbOptions, listen, sql};

const CHANNEL: &str = "footfall_step_ready";

/// Wakes idle workers when the transaction commits.
pub(super) async fn workers(conn: &mut PgConnection) -> Result<(), DbError> {
    sql::query("SELECT pg_notify('footfall_step_ready', '')").execute(conn).await?;
    Ok(())
}

/// Passes every notification on; ends only when it is dropped.
pub(super) async fn pass_on(database: DbOptions, to: Arc<Notify>) {
    // A permit is kept for a worker that is busy just now; more than one would change nothing.
    let wake = move || to.notify_one();
    if let Err(error) = listen(&database, CHANNEL, wake).await {
        tracing::error!(%error, "no pickup by notification: workers only look from time to time");
    }
}
