//! Waking up at a NOTIFY. It only saves waiting: whoever listens looks by itself from time to
//! time too, because a notification that comes while the connection is lost is lost with it.

use std::time::Duration;

use sqlx::postgres::PgListener;

use super::{Db, DbError, DbOptions};

/// Between tries to listen again after the connection was lost.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Calls `wake` with the payload of each notification on `channel`, and with none after every time that listening
/// began, for what came before. On a connection of its own; never ends by itself.
///
/// # Errors
/// [`DbError::Configuration`] for a bad URL.
pub async fn listen(
    options: &DbOptions,
    channel: &'static str,
    wake: impl Fn(Option<&str>) + Send,
) -> Result<(), DbError> {
    let mut options = options.clone();
    options.max_connections = 1;
    options.application_name.push_str(" listener");
    let db = Db::connect_lazy(&options)?;
    loop {
        if let Err(error) = receive(&db, channel, &wake).await {
            tracing::debug!(%error, channel, "listening broke off");
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

async fn receive(db: &Db, channel: &str, wake: &impl Fn(Option<&str>)) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(db.pool()).await?;
    listener.listen(channel).await?;
    wake(None);
    // None when the connection was lost: notifications may have been lost with it.
    while let Some(notification) = listener.try_recv().await? {
        wake(Some(notification.payload()));
    }
    Ok(())
}
