//! Time between attempts, as an argument: tests neither wait nor roll dice.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use common::kernel::Backoff;

#[async_trait]
pub trait Pause: fmt::Debug + Send + Sync {
    /// The back-off after so many failures, from 1.
    fn delay(&self, backoff: Backoff, failures: u32) -> Duration;

    async fn wait(&self, delay: Duration);
}

/// Full jitter and the runtime's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemPause;

#[async_trait]
impl Pause for SystemPause {
    fn delay(&self, backoff: Backoff, failures: u32) -> Duration {
        backoff.delay(failures, &mut rand::rng())
    }

    async fn wait(&self, delay: Duration) {
        tokio::time::sleep(delay).await;
    }
}
