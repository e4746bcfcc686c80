//! The loop that claims steps and runs them.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::attempt::Attempt;
use super::claim::claim;
use super::heartbeat::Heartbeat;
use super::held::{HeldSteps, Stop};
use super::{Registry, janitor};
use crate::db::{Db, DbOptions};
use crate::kernel::Backoff;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// Shown in `lease.worker`.
    pub name: String,
    /// Steps at once in this process, over all tenants.
    pub concurrency: usize,
    /// A worker that is silent for longer loses its steps.
    pub lease: Duration,
    /// How long an idle worker waits at most before it looks again.
    pub poll: Duration,
    /// How long running steps may go on after the worker was asked to stop. The process needs
    /// up to three seconds more to hand them back.
    pub grace: Duration,
    /// A step that reports no progress for this long has stalled.
    pub progress_deadline: Duration,
    /// Between attempts of a step.
    pub backoff: Backoff,
}

impl WorkerOptions {
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            concurrency: 4,
            lease: Duration::from_secs(30),
            poll: Duration::from_millis(500),
            grace: Duration::from_secs(5),
            progress_deadline: Duration::from_secs(30 * 60),
            backoff: Backoff { base: Duration::from_secs(2), cap: Duration::from_secs(300) },
        }
    }
}

/// Runs the steps of the kinds in its registry. Any number of workers may run beside it.
#[derive(Debug)]
pub struct Worker {
    db: Db,
    heartbeat: DbOptions,
    registry: Arc<Registry>,
    options: Arc<WorkerOptions>,
    held: HeldSteps,
}

impl Worker {
    /// `heartbeat` says how the heartbeat reaches the database on its own.
    #[must_use]
    pub fn new(db: Db, heartbeat: DbOptions, registry: Registry, options: WorkerOptions) -> Self {
        Self {
            db,
            heartbeat,
            registry: Arc::new(registry),
            options: Arc::new(options),
            held: HeldSteps::default(),
        }
    }

    /// Works until `stop`, then lets running steps finish for the grace period and hands back
    /// the others.
    ///
    /// # Errors
    /// When the heartbeat cannot be started: without it no step may run.
    pub async fn run(self, stop: CancellationToken) -> Result<(), std::io::Error> {
        let heartbeat = self.start_heartbeat()?;
        let mut running = JoinSet::new();
        let janitor = stop.run_until_cancelled(self.janitor());
        let work = self.work(&mut running, &stop);
        tokio::join!(janitor, work);
        self.drain(running).await;
        drop(heartbeat);
        Ok(())
    }

    /// Works until there is nothing to claim and nothing runs: for tests and one-off commands.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_until_idle(self) -> Result<(), std::io::Error> {
        let heartbeat = self.start_heartbeat()?;
        let mut running = JoinSet::new();
        loop {
            self.claim_up_to_capacity(&mut running).await;
            if running.join_next().await.is_none() {
                break;
            }
        }
        drop(heartbeat);
        Ok(())
    }

    fn start_heartbeat(&self) -> Result<Heartbeat, std::io::Error> {
        let WorkerOptions { lease, progress_deadline, .. } = *self.options;
        Heartbeat::start(self.heartbeat.clone(), self.held.clone(), lease, progress_deadline)
    }

    async fn work(&self, running: &mut JoinSet<()>, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            self.claim_up_to_capacity(running).await;
            let pause = jittered(self.options.poll);
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(pause), if running.len() < self.options.concurrency => {}
            }
        }
    }

    /// Takes no more than can start at once: a claimed step that waits would keep others from it.
    async fn claim_up_to_capacity(&self, running: &mut JoinSet<()>) {
        while running.len() < self.options.concurrency {
            let WorkerOptions { name, lease, .. } = &*self.options;
            match claim(&self.db, &self.registry.names(), name, *lease).await {
                Ok(Some(claimed)) => {
                    let Some(kind) = self.registry.get(&claimed.kind) else { continue };
                    let attempt = Attempt::new(
                        self.db.clone(),
                        self.options.clone(),
                        self.held.clone(),
                        kind,
                        claimed,
                    );
                    running.spawn(attempt.run());
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "claiming failed");
                    return;
                }
            }
        }
    }

    async fn janitor(&self) {
        let pause = (self.options.lease / 2).min(Duration::from_secs(5));
        loop {
            if let Err(error) = janitor::sweep(&self.db).await {
                tracing::warn!(%error, "the janitor failed");
            }
            tokio::time::sleep(jittered(pause)).await;
        }
    }

    async fn drain(&self, mut running: JoinSet<()>) {
        let all = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(self.options.grace, all).await.is_ok() {
            return;
        }
        for held in self.held.all() {
            held.stop(Stop::Shutdown);
        }
        while running.join_next().await.is_some() {}
    }
}

/// Half to all of `pause`, so that workers do not look all at once.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.5..1.0))
}
