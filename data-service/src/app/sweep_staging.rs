//! Removes what loads left in staging that nobody will go on with: cancelled, given up, or finished elsewhere.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use common::db::{Db, DbError};
use common::kernel::SharedClock;
use common::lifecycle::Shutdown;

use crate::store::staging;

/// A load is left alone for this long after its beginning, when its step may not be seen yet.
const YOUNG: TimeDelta = TimeDelta::minutes(5);
const EVERY: Duration = Duration::from_secs(300);

/// Sweeps now and then until a stop is asked for. Any number of processes may do so.
pub async fn sweep_until(db: Db, clock: SharedClock, shutdown: Shutdown) {
    loop {
        match sweep(&db, clock.now() - YOUNG).await {
            Ok(0) => {}
            Ok(loads) => tracing::info!(loads, "dead loads were removed from staging"),
            Err(error) => tracing::warn!(%error, "staging could not be swept"),
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = shutdown.wait() => return,
        }
    }
}

/// Removes the loads begun before `before` whose step has ended or is not known any more; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(db: &Db, before: DateTime<Utc>) -> Result<usize, DbError> {
    let loads = staging::begun_before(db, before).await?;
    let mut dead = staging::forgotten(db, before).await?;
    if !loads.is_empty() {
        let live = staging::live_steps(db, &loads).await?;
        let over = loads.into_iter().filter(|load| !live.contains(&load.step_id));
        dead.extend(over.map(|load| load.load_id));
    }
    if dead.is_empty() { Ok(0) } else { staging::remove(db, &dead).await }
}
