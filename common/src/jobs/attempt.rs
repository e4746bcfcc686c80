//! One attempt at one step, from the claim to the end of its lease.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tracing::Instrument;

use super::claim::Claimed;
use super::context::fenced;
use super::held::{Held, HeldSteps, Lease, Stop};
use super::retry::{self, Verdict};
use super::{
    ErrorCode, Failure, Progress, StepContext, StepDone, StepError, StepKind, WorkerOptions, finish,
};
use crate::db::{Abandonable, Db};
use crate::kernel::TenantScope;
use crate::telemetry::Origin;

/// A step that does not stop by itself when asked to is dropped after this.
const STOP_PATIENCE: Duration = Duration::from_secs(2);
/// How often the end of an attempt is written again when the database is away.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

pub(super) struct Attempt {
    db: Db,
    options: Arc<WorkerOptions>,
    all_held: HeldSteps,
    held: Arc<Held>,
    kind: Arc<dyn StepKind>,
    scope: TenantScope,
    number: i32,
    of_round: i32,
    max: i32,
    origin: Origin,
    context: StepContext,
}

/// How the attempt ended, but for success.
#[derive(Debug)]
enum Ending {
    Failed(Failure, Verdict),
    Cancelled,
    HandedBack,
}

impl Attempt {
    pub(super) fn new(
        db: Db,
        options: Arc<WorkerOptions>,
        all_held: HeldSteps,
        kind: Arc<dyn StepKind>,
        mut claimed: Claimed,
    ) -> Self {
        let progress = Progress::resume(claimed.progress.take());
        let held = Arc::new(Held::new(claimed.lease, progress));
        all_held.add(held.clone());
        let (scope, number, max) = (claimed.scope.clone(), claimed.attempt, claimed.max_attempts);
        let of_round = claimed.attempt_of_round;
        let origin = std::mem::take(&mut claimed.origin);
        let context = StepContext::new(db.clone(), held.clone(), claimed, options.lease);
        Self { db, options, all_held, held, kind, scope, number, of_round, max, origin, context }
    }

    pub(super) async fn run(self) {
        let Lease { tenant, job, step, .. } = self.held.lease;
        let span = tracing::info_span!("step", tenant.id = %tenant, job.id = %job, step.id = %step,
            kind = self.kind.kind(), attempt = self.number, trace.id = self.origin.trace_id(),
            request.id = self.origin.request_id.as_deref().unwrap_or_default());
        let work = async {
            let started = Instant::now();
            let result = self.settle(self.step().await).await;
            self.all_held.remove(&self.held.lease);
            let duration = started.elapsed();
            let labels = [("kind", self.kind.kind()), ("result", result)];
            metrics::counter!("footfall_steps_total", &labels).increment(1);
            metrics::histogram!("footfall_step_duration_seconds", &labels).record(duration);
            tracing::info!(result, duration_ms = duration.as_millis(), "step ended");
        };
        self.origin.scope(work).instrument(span).await;
    }

    /// The step's own work, but no longer than it is wanted.
    async fn step(&self) -> Result<StepDone, StepError> {
        let unwanted = async {
            self.held.token.cancelled().await;
            tokio::time::sleep(STOP_PATIENCE).await;
        };
        // A statement of a step that is dropped would hold its lease row, which the end of the attempt has to write.
        let work = Abandonable::new(AssertUnwindSafe(self.kind.run(&self.context)).catch_unwind());
        tokio::select! {
            biased;
            result = work => result.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))),
            () = unwanted => Err(StepError::Stopped),
        }
    }

    /// Writes the end of the attempt, and names it.
    async fn settle(&self, result: Result<StepDone, StepError>) -> &'static str {
        let error = match result {
            Ok(done) => match self.complete(done).await {
                Ok(()) => return "done",
                Err(error) => error,
            },
            Err(error) => error,
        };
        let Some(ending) = self.ending(error) else { return "lease_lost" };
        // The lease runs out by itself if this takes longer, and another worker goes on.
        let give_up = Instant::now() + self.options.lease;
        loop {
            match self.write(&ending).await {
                Ok(()) => return ending.name(),
                Err(StepError::Failed(failure)) if Instant::now() < give_up => {
                    tracing::warn!(detail = failure.detail, "the end of a step was not stored");
                    tokio::time::sleep(WRITE_AGAIN).await;
                }
                // Also when the commit was stored and only its answer was lost.
                Err(_) => return "lease_lost",
            }
        }
    }

    async fn complete(&self, done: StepDone) -> Result<(), StepError> {
        let lease = &self.held.lease;
        let tx = match done.tx {
            Some(tx) => tx,
            // Ending the lease checks the token.
            None => self.db.tenant(&self.scope).await?,
        };
        let (progress, outcome) = (&self.held.progress, &done.outcome);
        finish::done(tx, lease, progress, outcome, done.rejects, &done.new_steps).await
    }

    fn ending(&self, error: StepError) -> Option<Ending> {
        let failure = match (self.held.stopped(), error) {
            (Some(Stop::LeaseLost), _) | (_, StepError::StaleLease) => return None,
            (Some(Stop::CancelRequested), _) => return Some(Ending::Cancelled),
            (Some(Stop::Shutdown), _) => return Some(Ending::HandedBack),
            (Some(Stop::Stalled), _) => stalled(self.options.progress_deadline),
            (None, StepError::Failed(failure)) => *failure,
            (None, StepError::Stopped) => return Some(Ending::HandedBack),
        };
        let backoff = &self.options.backoff;
        let of_round = self.context.of_round(self.of_round);
        let verdict = retry::decide(&failure, of_round, self.max, backoff, &mut rand::rng());
        tracing::warn!(code = %failure.code, class = failure.class.as_str(), message = failure.message,
            detail = failure.detail, ?verdict, "step failed");
        Some(Ending::Failed(failure, verdict))
    }

    async fn write(&self, ending: &Ending) -> Result<(), StepError> {
        let (lease, progress) = (&self.held.lease, &self.held.progress);
        let tx = fenced(&self.db, &self.scope, lease).await?;
        match ending {
            Ending::Failed(failure, verdict) => {
                finish::failed(tx, lease, progress, self.number, failure, *verdict).await
            }
            Ending::Cancelled => finish::cancelled(tx, lease, progress).await,
            Ending::HandedBack => finish::handed_back(tx, lease, progress).await,
        }
    }
}

impl Ending {
    const fn name(&self) -> &'static str {
        match self {
            Self::Failed(_, Verdict::Again { .. }) => "retried",
            Self::Failed(..) => "failed",
            Self::Cancelled => "cancelled",
            Self::HandedBack => "handed_back",
        }
    }
}

fn stalled(deadline: Duration) -> Failure {
    Failure {
        class: super::Class::Transient,
        code: ErrorCode::Stalled,
        message: format!("the step made no progress for {} seconds", deadline.as_secs()),
        detail: None,
        retry_after: None,
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> StepError {
    let text = panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without text");
    StepError::transient(ErrorCode::InternalError, "the step broke off unexpectedly")
        .with_detail(text)
}
