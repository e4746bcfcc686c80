//! `POST /jobs/{id}/{cancel|pause|resume|retry}`.

use common::auth::Authenticated;
use common::db::TenantTx;
use common::http::{Accepted, ApiResult, Begun, Idempotency};
use common::jobs::{ControlError, JobState, control};
use common::kernel::JobId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::location;
use crate::error::Refused;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ControlJob(pub State);

#[derive(Debug, Clone, Copy)]
enum Action {
    Cancel,
    Pause,
    Resume,
    Retry,
}

impl Action {
    async fn apply(self, tx: &mut TenantTx, job: JobId) -> Result<JobState, ControlError> {
        match self {
            Self::Cancel => control::cancel(tx, job).await,
            Self::Pause => control::pause(tx, job).await,
            Self::Resume => control::resume(tx, job).await,
            Self::Retry => control::retry(tx, job).await,
        }
    }
}

impl ControlJob {
    async fn act(
        &self,
        caller: &Authenticated,
        id: Uuid,
        idempotency: &Idempotency,
        action: Action,
    ) -> ApiResult<Accepted> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(answer);
        }
        let job = JobId::from_uuid(id);
        let state = action.apply(&mut tx, job).await.map_err(Refused::from)?;
        let accepted = Accepted::new(job, state.as_str(), location(job));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}

#[OpenApi(tag = "Tag::Jobs")]
impl ControlJob {
    /// Cancel a job
    ///
    /// What has not started never will; what runs is stopped within seconds and leaves nothing behind. A finished job
    /// cannot be cancelled.
    #[oai(path = "/jobs/:id/cancel", method = "post", operation_id = "cancel_job")]
    async fn cancel(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
    ) -> ApiResult<Accepted> {
        self.act(&caller, id.0, &idempotency, Action::Cancel).await
    }

    /// Pause a job
    ///
    /// No further step starts; what runs goes on to its end. Pausing again changes nothing. A finished job cannot be
    /// paused.
    #[oai(path = "/jobs/:id/pause", method = "post", operation_id = "pause_job")]
    async fn pause(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
    ) -> ApiResult<Accepted> {
        self.act(&caller, id.0, &idempotency, Action::Pause).await
    }

    /// Resume a job
    ///
    /// A paused job goes on where it stands; one that is not paused stays as it is. A finished job cannot be resumed.
    #[oai(path = "/jobs/:id/resume", method = "post", operation_id = "resume_job")]
    async fn resume(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
    ) -> ApiResult<Accepted> {
        self.act(&caller, id.0, &idempotency, Action::Resume).await
    }

    /// Retry what failed
    ///
    /// The failed steps run again, each with all its attempts, and what was skipped because of them waits for them again.
    /// What is done stays done. A job of which nothing has failed cannot be retried.
    #[oai(path = "/jobs/:id/retry", method = "post", operation_id = "retry_job")]
    async fn retry(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
    ) -> ApiResult<Accepted> {
        self.act(&caller, id.0, &idempotency, Action::Retry).await
    }
}
