//! What is done about webhooks in the background.

use std::time::Duration;

use common::crypto::Keyring;
use common::db::Db;
use common::kernel::SharedClock;
use common::lifecycle::Shutdown;

use super::{forget, rewrap};

const EVERY: Duration = Duration::from_secs(300);

/// A round now and then until a stop is asked for. Any number of processes may do so.
pub async fn keep_house(db: Db, keyring: Keyring, clock: SharedClock, shutdown: Shutdown) {
    loop {
        match forget(&db, clock.now()).await {
            Ok(forgotten) => tracing::debug!(
                events = forgotten.events,
                deliveries = forgotten.deliveries,
                "outdated webhooks forgotten"
            ),
            Err(error) => tracing::error!(%error, "outdated webhooks not forgotten"),
        }
        match rewrap(&db, &keyring).await {
            Ok(done) => tracing::debug!(
                moved = done.moved,
                failed = done.failed,
                "secrets of webhooks re-wrapped"
            ),
            Err(error) => tracing::error!(%error, "secrets of webhooks not re-wrapped"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.wait() => return,
        }
    }
}
