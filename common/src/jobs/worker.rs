//! The loop that claims steps and runs them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::Rng;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::attempt::Attempt;
use super::claim::{Claimed, claim};
use super::heartbeat::Heartbeat;
use super::held::{HeldSteps, Stop};
use super::wake::{self, Wake};
use super::{Registry, history, janitor};
use crate::db::{Db, DbOptions};
use crate::kernel::Backoff;

/// How often is looked for finished jobs that have become history.
const HISTORY_EVERY: Duration = Duration::from_secs(600);

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
    /// Finished jobs are kept for this long, and up to a month longer; a worker that does not say leaves them where they are.
    pub history: Option<Duration>,
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
            history: None,
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
    wake: Wake,
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
            wake: Wake::default(),
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
        let wake =
            stop.run_until_cancelled(wake::pass_on(self.heartbeat.clone(), self.wake.clone()));
        let work = self.work(&mut running, &stop);
        tokio::join!(janitor, wake, work);
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
        let (database, look) = (self.heartbeat.clone(), self.wake.cancelled.clone());
        Heartbeat::start(database, self.held.clone(), lease, progress_deadline, look)
    }

    async fn work(&self, running: &mut JoinSet<()>, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            self.claim_up_to_capacity(running).await;
            let pause = jittered(self.options.poll);
            tokio::select! {
                () = stop.cancelled() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = self.wake.ready.notified(), if running.len() < self.options.concurrency => {}
                () = tokio::time::sleep(pause), if running.len() < self.options.concurrency => {}
            }
        }
    }

    /// Takes no more than can start at once: a claimed step that waits would keep others from it.
    async fn claim_up_to_capacity(&self, running: &mut JoinSet<()>) {
        let WorkerOptions { name, lease, concurrency, .. } = &*self.options;
        let wanted = concurrency.saturating_sub(running.len());
        if wanted == 0 {
            return;
        }
        match claim(&self.db, &self.registry.names(), name, *lease, wanted).await {
            Ok(claimed) => claimed.into_iter().for_each(|claimed| self.start(claimed, running)),
            Err(error) => tracing::warn!(%error, "claiming failed"),
        }
    }

    fn start(&self, claimed: Claimed, running: &mut JoinSet<()>) {
        // Only steps of kinds in the registry are claimed.
        let Some(kind) = self.registry.get(&claimed.kind) else { return };
        let (db, options) = (self.db.clone(), self.options.clone());
        running.spawn(Attempt::new(db, options, self.held.clone(), kind, claimed).run());
    }

    async fn janitor(&self) {
        let pause = (self.options.lease / 2).min(Duration::from_secs(5));
        let mut next_history = Instant::now();
        loop {
            if let Err(error) = janitor::sweep(&self.db).await {
                tracing::warn!(%error, "the janitor failed");
            }
            // What is left of a long history is moved in the next turns: the leases of the dead do not wait for it.
            if Instant::now() >= next_history && !self.keep_history().await {
                next_history = Instant::now() + HISTORY_EVERY;
            }
            tokio::time::sleep(jittered(pause)).await;
        }
    }

    /// Whether there is more to do at once.
    async fn keep_history(&self) -> bool {
        let Some(keep) = self.options.history else { return false };
        match history::round(&self.db, keep).await {
            Ok(history::Round { moved: 0, dropped: 0, .. }) => false,
            Ok(history::Round { moved, more, dropped }) => {
                tracing::info!(moved, dropped, "finished jobs became history");
                more
            }
            Err(error) => {
                tracing::warn!(%error, "finished jobs did not become history");
                false
            }
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
