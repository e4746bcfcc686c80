//! The stop signal, soft first and hard second.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Handle on the process's wish to stop. Clones share one state.
///
/// *Soft*: take no new work, finish or release what is held. *Hard*: leave now.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    soft: CancellationToken,
    hard: CancellationToken,
}

impl Shutdown {
    /// A handle nobody has triggered; tests trigger it by [`Shutdown::request`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the soft stop.
    pub fn request(&self) {
        self.soft.cancel();
    }

    /// Asks for the hard stop, which implies the soft one.
    pub fn force(&self) {
        self.soft.cancel();
        self.hard.cancel();
    }

    /// True once a stop was asked for.
    pub fn requested(&self) -> bool {
        self.soft.is_cancelled()
    }

    /// Completes when a stop is asked for; at once when it already was.
    pub async fn wait(&self) {
        self.soft.cancelled().await;
    }

    /// Completes at the hard stop only.
    pub async fn wait_forced(&self) {
        self.hard.cancelled().await;
    }

    /// The soft token, for libraries that take one.
    pub fn token(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Listens for SIGTERM and SIGINT: the first asks for the soft stop, the second for the hard one.
    /// The handlers are installed before this returns, so a signal right after start is not lost.
    pub fn on_signals(&self) -> std::io::Result<impl Future<Output = ()> + use<>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = self.clone();
        Ok(async move {
            loop {
                let name = tokio::select! {
                    _ = terminate.recv() => "SIGTERM",
                    _ = interrupt.recv() => "SIGINT",
                };
                if shutdown.requested() {
                    tracing::warn!(signal = name, "second signal, stopping without drain");
                    shutdown.force();
                    return;
                }
                tracing::info!(signal = name, "stopping: draining");
                shutdown.request();
            }
        })
    }
}
