//! Keeps the leases of this process alive.
//!
//! From its own thread and its own connection, so that neither a busy runtime nor an exhausted
//! pool can let a lease run out. The process as a whole standing still does, and should.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use super::held::{Held, HeldSteps, Stop};
use crate::db::{Db, DbError, DbOptions, sql};
use crate::kernel::StepId;

/// Long leases are renewed more often than they need, for cancellation and progress to be quick.
const SLOWEST: Duration = Duration::from_secs(2);

/// The running thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Heartbeat {
    _stop: DropGuard,
}

impl Heartbeat {
    pub(super) fn start(
        mut database: DbOptions,
        held: HeldSteps,
        lease: Duration,
        progress_deadline: Duration,
        look: Arc<Notify>,
    ) -> Result<Self, std::io::Error> {
        database.max_connections = 1;
        database.application_name.push_str(" heartbeat");
        database.acquire_timeout = lease / 3;
        database.statement_timeout = lease / 3;
        let stop = CancellationToken::new();
        let beater = Beater { held, lease, progress_deadline, look, seen: HashMap::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stopped = stop.clone();
        thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || runtime.block_on(beater.run(database, stopped)))?;
        Ok(Self { _stop: stop.drop_guard() })
    }
}

struct Beater {
    held: HeldSteps,
    lease: Duration,
    progress_deadline: Duration,
    /// To beat at once: a cancelled job is told to its steps with the beat.
    look: Arc<Notify>,
    /// When each step was last seen to move, by its token.
    seen: HashMap<Uuid, (u64, Instant)>,
}

impl Beater {
    async fn run(mut self, database: DbOptions, stop: CancellationToken) {
        let db = match Db::connect_lazy(&database) {
            Ok(db) => db,
            Err(error) => {
                tracing::error!(%error, "no heartbeat: leases will run out");
                return;
            }
        };
        let pause = (self.lease / 3).min(SLOWEST);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.look.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
            let moving = self.moving();
            if let Err(error) = self.beat(&db, &moving).await {
                tracing::warn!(%error, "heartbeat failed");
            }
        }
        db.close().await;
    }

    /// The leases worth renewing: that of a step which stands still runs out.
    fn moving(&mut self) -> Vec<Arc<Held>> {
        let held = self.held.all();
        self.seen.retain(|token, _| held.iter().any(|h| h.lease.token == *token));
        held.into_iter().filter(|held| self.moves(held)).collect()
    }

    fn moves(&mut self, held: &Held) -> bool {
        let now = Instant::now();
        let moves = held.progress.moves();
        let seen = self.seen.entry(held.lease.token).or_insert((moves, now));
        if seen.0 != moves {
            *seen = (moves, now);
        }
        let stalled = now.duration_since(seen.1) > self.progress_deadline;
        if stalled {
            held.stop(Stop::Stalled);
        }
        !stalled
    }

    async fn beat(&self, db: &Db, held: &[Arc<Held>]) -> Result<(), DbError> {
        if held.is_empty() {
            return Ok(());
        }
        let column = |of: fn(&Held) -> Uuid| held.iter().map(|h| of(h)).collect::<Vec<_>>();
        let progress: Vec<Value> = held
            .iter()
            .map(|h| serde_json::to_value(h.progress.snapshot()).unwrap_or_default())
            .collect();
        let mut tx = db.worker().await?;
        let rows: Vec<(Uuid, bool)> = sql::query_as(include_str!("beat.sql"))
            .bind(column(|h| h.lease.tenant.uuid()))
            .bind(column(|h| h.lease.step.uuid()))
            .bind(column(|h| h.lease.token))
            .bind(progress)
            .bind(self.lease.as_secs_f64())
            .fetch_all(tx.conn())
            .await?;
        tx.commit().await?;
        let known: HashMap<Uuid, bool> = rows.into_iter().collect();
        for held in held {
            match known.get(&StepId::uuid(held.lease.step)) {
                Some(true) => held.stop(Stop::CancelRequested),
                Some(false) => {}
                None => held.stop(Stop::LeaseLost),
            }
        }
        Ok(())
    }
}
