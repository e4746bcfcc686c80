//! How many statistics answers are computed at once. Each holds a connection of the pool and the sets that it counts; the others
//! wait for their turn without either, in the order they came.

use std::time::Duration;

use common::http::ApiError;
use tokio::sync::{Semaphore, SemaphorePermit};

/// When to ask again, in seconds: about as long as a slow answer takes.
const RETRY_AFTER: u64 = 2;

/// One for a process.
#[derive(Debug)]
pub struct Turns {
    free: Semaphore,
    patience: Duration,
}

/// The right to compute one answer, given back when dropped.
#[derive(Debug)]
pub(super) struct Turn<'t> {
    _permit: SemaphorePermit<'t>,
}

impl Turns {
    /// So many at once; whoever waits longer than `patience` for one is sent away.
    #[must_use]
    pub const fn new(at_once: usize, patience: Duration) -> Self {
        Self { free: Semaphore::const_new(at_once), patience }
    }

    /// A turn, unless somebody waits for one.
    pub(super) fn at_once(&self) -> Option<Turn<'_>> {
        self.free.try_acquire().ok().map(|permit| Turn { _permit: permit })
    }

    /// A turn after those who came before. To be asked for without a connection.
    ///
    /// # Errors
    /// 503 when none came in time.
    pub(super) async fn wait(&self) -> Result<Turn<'_>, ApiError> {
        match tokio::time::timeout(self.patience, self.free.acquire()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(ApiError::unavailable(
                "statistics_busy",
                RETRY_AFTER,
                "more statistics are asked for than can be computed at once; try again",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_in_order_and_nobody_waits_for_ever() {
        let turns = Turns::new(1, Duration::from_millis(20));
        let first = turns.at_once().unwrap();
        assert!(turns.at_once().is_none());
        let refused = turns.wait().await.unwrap_err();
        assert_eq!(refused.status(), poem::http::StatusCode::SERVICE_UNAVAILABLE);
        let (waited, ()) = tokio::join!(turns.wait(), async {
            tokio::task::yield_now().await;
            drop(first);
            // It belongs to the one that waits.
            assert!(turns.at_once().is_none());
        });
        drop(waited.unwrap());
        assert!(turns.at_once().is_some());
    }
}
