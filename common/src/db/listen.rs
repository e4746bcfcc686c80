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
    let mut told = false;
    loop {
        match begin(&db, channel).await {
            Ok(listener) => {
                told = false;
                wake(None);
                if let Err(error) = receive(listener, &wake).await {
                    tracing::debug!(%error, channel, "listening broke off");
                }
            }
            Err(error) if told => tracing::debug!(%error, channel, "still not listening"),
            Err(error) => {
                tracing::warn!(%error, channel, "not listening; what is new is found a little later");
                told = true;
            }
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

async fn begin(db: &Db, channel: &str) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(db.pool()).await?;
    listener.listen(channel).await?;
    Ok(listener)
}

async fn receive(
    mut listener: PgListener,
    wake: &impl Fn(Option<&str>),
) -> Result<(), sqlx::Error> {
    // None when the connection was lost: notifications may have been lost with it.
    while let Some(notification) = listener.try_recv().await? {
        wake(Some(notification.payload()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tracing::{Event, Level, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;
    use crate::kernel::Secret;

    /// Counts what this module warns of.
    struct Warnings(Arc<AtomicUsize>);

    impl<S: Subscriber> Layer<S> for Warnings {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let metadata = event.metadata();
            if *metadata.level() == Level::WARN && metadata.target().ends_with("listen") {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    #[tokio::test]
    async fn that_nobody_can_be_listened_to_is_told_once() {
        let told = Arc::new(AtomicUsize::new(0));
        let heard = tracing_subscriber::registry().with(Warnings(told.clone()));
        let _here = tracing::subscriber::set_default(heard);
        // Nobody is there.
        let mut options = DbOptions::new(Secret::new("postgres://x@127.0.0.1:1/x"));
        options.acquire_timeout = Duration::from_millis(50);
        let listening = listen(&options, "test", |_| {});
        assert!(tokio::time::timeout(TRY_AGAIN * 3, listening).await.is_err());
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }
}
