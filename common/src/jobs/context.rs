//! What a running step is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::claim::Claimed;
use super::held::{Held, Lease, Stop};
use super::{ErrorCode, Progress, StepError};
use crate::db::{Db, TenantTx, sql};
use crate::kernel::{JobId, StepId, TenantScope};

/// One attempt at one step.
#[derive(Debug)]
pub struct StepContext {
    db: Db,
    held: Arc<Held>,
    scope: TenantScope,
    attempt: i32,
    payload: Value,
    checkpoint: Option<Value>,
    lease_length: Duration,
    /// Rows that the farthest attempt before this one reported.
    farthest: u64,
    /// Whether this attempt saved more than that.
    farther: AtomicBool,
}

impl StepContext {
    pub(super) fn new(db: Db, held: Arc<Held>, claimed: Claimed, lease_length: Duration) -> Self {
        let farthest = held.progress.snapshot().rows_done;
        Self {
            db,
            held,
            farthest,
            farther: AtomicBool::new(false),
            scope: claimed.scope,
            attempt: claimed.attempt,
            payload: claimed.payload,
            checkpoint: claimed.checkpoint,
            lease_length,
        }
    }

    /// The tenant the step works for.
    #[must_use]
    pub const fn scope(&self) -> &TenantScope {
        &self.scope
    }

    #[must_use]
    pub fn job_id(&self) -> JobId {
        self.held.lease.job
    }

    #[must_use]
    pub fn step_id(&self) -> StepId {
        self.held.lease.step
    }

    /// From 1.
    #[must_use]
    pub const fn attempt(&self) -> i32 {
        self.attempt
    }

    /// What the step was submitted with.
    ///
    /// # Errors
    /// Permanent, when this version cannot read it.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, StepError> {
        T::deserialize(&self.payload).map_err(|error| {
            StepError::permanent(ErrorCode::InvalidPayload, "the step's parameters cannot be read")
                .with_detail(error)
        })
    }

    /// What an earlier attempt saved by [`Self::save_checkpoint`].
    ///
    /// # Errors
    /// Permanent, when this version cannot read it.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, StepError> {
        self.checkpoint.as_ref().map(T::deserialize).transpose().map_err(|error| {
            StepError::permanent(ErrorCode::InvalidPayload, "the step's checkpoint cannot be read")
                .with_detail(error)
        })
    }

    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.held.progress
    }

    /// Is cancelled when the step has to stop: a user cancelled the job, the lease was lost, the
    /// process ends. The step then returns soon, with any error; its future is dropped if it
    /// does not.
    #[must_use]
    pub fn cancelled(&self) -> CancellationToken {
        self.held.token.clone()
    }

    /// Whether a user cancelled the job: what was begun elsewhere is not wanted by anyone any more. After a lost lease
    /// or a stop of the process another worker goes on with it.
    #[must_use]
    pub fn unwanted(&self) -> bool {
        self.held.stopped() == Some(Stop::CancelRequested)
    }

    /// For loops without another place to watch [`Self::cancelled`].
    ///
    /// # Errors
    /// [`StepError::Stopped`] when the step has to stop.
    pub fn check(&self) -> Result<(), StepError> {
        if self.held.token.is_cancelled() { Err(StepError::Stopped) } else { Ok(()) }
    }

    /// Opens the transaction for the step's effects. It holds the lease row, so nobody can take
    /// the step over while it is open: keep it short, and without network inside.
    ///
    /// # Errors
    /// [`StepError::StaleLease`] when someone else holds the step now.
    pub async fn fenced(&self) -> Result<TenantTx, StepError> {
        self.check()?;
        fenced(&self.db, &self.scope, &self.held.lease).await
    }

    /// Saves how far the step came, with what it wrote into `tx` since [`Self::fenced`], and
    /// renews the lease. The next attempt goes on from there. An attempt that reported more rows
    /// than any before it is counted as the first again: a long step bears many interruptions, and
    /// one that stands still does not.
    ///
    /// # Errors
    /// When it cannot be stored; the effects in `tx` are gone then too.
    pub async fn save_checkpoint(
        &self,
        mut tx: TenantTx,
        checkpoint: &impl Serialize,
    ) -> Result<(), StepError> {
        let value = serde_json::to_value(checkpoint).map_err(|error| {
            StepError::permanent(ErrorCode::InternalError, "the step's checkpoint cannot be stored")
                .with_detail(error)
        })?;
        let farther = self.held.progress.snapshot().rows_done > self.farthest;
        let Lease { tenant, step, token, .. } = self.held.lease;
        let saved = sql::query(
            "WITH renewed AS (
               UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => $4)
               WHERE tenant_id = $1 AND step_id = $2 AND token = $3
               RETURNING tenant_id, step_id)
             UPDATE job_step s
             SET checkpoint = $5,
                 attempts_before = CASE WHEN $6 THEN s.attempts - 1 ELSE s.attempts_before END
             FROM renewed r
             WHERE s.tenant_id = r.tenant_id AND s.step_id = r.step_id AND s.month >= 'infinity'",
        )
        .bind(tenant.uuid())
        .bind(step.uuid())
        .bind(token)
        .bind(self.lease_length.as_secs_f64())
        .bind(value)
        .bind(farther)
        .execute(tx.conn())
        .await?;
        if saved.rows_affected() != 1 {
            return Err(StepError::StaleLease);
        }
        tx.commit().await?;
        self.farther.fetch_or(farther, Ordering::Relaxed);
        Ok(())
    }

    /// The number of this attempt for its limit, where it would be `claimed` by counting alone.
    pub(super) fn of_round(&self, claimed: i32) -> i32 {
        if self.farther.load(Ordering::Relaxed) { 1 } else { claimed }
    }
}

/// A tenant transaction that holds the lease row and saw its own token in it.
pub(super) async fn fenced(
    db: &Db,
    scope: &TenantScope,
    lease: &Lease,
) -> Result<TenantTx, StepError> {
    let mut tx = db.tenant(scope).await?;
    let ours: Option<i32> = sql::query_scalar(
        "SELECT 1 FROM lease WHERE tenant_id = $1 AND step_id = $2 AND token = $3 FOR UPDATE",
    )
    .bind(lease.tenant.uuid())
    .bind(lease.step.uuid())
    .bind(lease.token)
    .fetch_optional(tx.conn())
    .await?;
    ours.map(|_| tx).ok_or(StepError::StaleLease)
}
