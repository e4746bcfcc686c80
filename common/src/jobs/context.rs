//! What a running step is given.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::claim::Claimed;
use super::held::{Held, Lease};
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
}

impl StepContext {
    pub(super) fn new(db: Db, held: Arc<Held>, claimed: Claimed, lease_length: Duration) -> Self {
        Self {
            db,
            held,
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
    /// renews the lease. The next attempt goes on from there.
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
        let Lease { tenant, step, token, .. } = self.held.lease;
        let saved = sql::query(
            "WITH renewed AS (
               UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => $4)
               WHERE tenant_id = $1 AND step_id = $2 AND token = $3
               RETURNING tenant_id, step_id)
             UPDATE job_step s SET checkpoint = $5 FROM renewed r
             WHERE s.tenant_id = r.tenant_id AND s.step_id = r.step_id",
        )
        .bind(tenant.uuid())
        .bind(step.uuid())
        .bind(token)
        .bind(self.lease_length.as_secs_f64())
        .bind(value)
        .execute(tx.conn())
        .await?;
        if saved.rows_affected() != 1 {
            return Err(StepError::StaleLease);
        }
        Ok(tx.commit().await?)
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
