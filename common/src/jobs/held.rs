//! The steps this process holds leases on, shared by the worker and its heartbeat.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Progress;
use crate::kernel::{JobId, StepId, TenantId};

/// The right to run a step: whoever knows the token of the lease row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) tenant: TenantId,
    pub(super) job: JobId,
    pub(super) step: StepId,
    pub(super) token: Uuid,
}

/// Why a running step has to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    CancelRequested,
    LeaseLost,
    Stalled,
    Shutdown,
}

#[derive(Debug)]
pub(super) struct Held {
    pub(super) lease: Lease,
    pub(super) progress: Progress,
    pub(super) token: CancellationToken,
    reason: OnceLock<Stop>,
}

impl Held {
    pub(super) fn new(lease: Lease, progress: Progress) -> Self {
        Self { lease, progress, token: CancellationToken::new(), reason: OnceLock::new() }
    }

    /// Asks the step to stop; the first reason stays.
    pub(super) fn stop(&self, reason: Stop) {
        if self.reason.set(reason).is_ok() {
            tracing::info!(step.id = %self.lease.step, ?reason, "stopping the step");
        }
        self.token.cancel();
    }

    pub(super) fn stopped(&self) -> Option<Stop> {
        self.reason.get().copied()
    }
}

/// All leases of one worker.
#[derive(Debug, Clone, Default)]
pub(super) struct HeldSteps(Arc<Mutex<HashMap<StepId, Arc<Held>>>>);

impl HeldSteps {
    fn map(&self) -> MutexGuard<'_, HashMap<StepId, Arc<Held>>> {
        // Insert and remove are its only uses: a panic leaves the map whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, held: Arc<Held>) {
        self.map().insert(held.lease.step, held);
    }

    /// Removes this very lease: a later one of the same step stays.
    pub(super) fn remove(&self, lease: &Lease) {
        let mut map = self.map();
        if map.get(&lease.step).is_some_and(|held| held.lease == *lease) {
            map.remove(&lease.step);
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Held>> {
        self.map().values().cloned().collect()
    }
}
