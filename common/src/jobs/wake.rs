//! Telling workers what they would find out at their next look anyway, so that it does not wait for that.

use std::sync::Arc;

use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::db::{DbError, DbOptions, listen, sql};

pub(super) const CHANNEL: &str = "footfall_jobs";
pub(super) const READY: &str = "ready";
const CANCELLED: &str = "cancelled";

/// What a worker is woken for. A permit is kept for one that is busy just now; more than one would change nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Wake {
    /// There is something to claim.
    pub(super) ready: Arc<Notify>,
    /// Something that runs may not be wanted any more.
    pub(super) cancelled: Arc<Notify>,
}

/// Wakes idle workers when the transaction commits.
pub(super) async fn workers(conn: &mut PgConnection) -> Result<(), DbError> {
    notify(conn, READY).await
}

/// Makes workers ask at once, when the transaction commits, whether what they run is still wanted.
pub(super) async fn cancelled(conn: &mut PgConnection) -> Result<(), DbError> {
    notify(conn, CANCELLED).await
}

async fn notify(conn: &mut PgConnection, payload: &'static str) -> Result<(), DbError> {
    sql::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(conn).await?;
    Ok(())
}

/// Passes every notification on; ends only when it is dropped.
pub(super) async fn pass_on(database: DbOptions, to: Wake) {
    let wake = move |payload: Option<&str>| {
        if payload != Some(CANCELLED) {
            to.ready.notify_one();
        }
        if payload != Some(READY) {
            to.cancelled.notify_one();
        }
    };
    if let Err(error) = listen(&database, CHANNEL, wake).await {
        tracing::error!(%error, "no pickup by notification: workers only look from time to time");
    }
}
