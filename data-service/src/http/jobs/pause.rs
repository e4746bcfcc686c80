//! `POST /jobs/{id}/pause`.

use common::auth::Authenticated;
use common::http::{Accepted, ApiResult, Begun, Idempotency};
use common::jobs::control;
use common::kernel::JobId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::location;
use crate::error::Refused;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct PauseJob(pub State);

#[OpenApi(tag = "Tag::Jobs")]
impl PauseJob {
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
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(answer);
        }
        let job = JobId::from_uuid(id.0);
        let state = control::pause(&mut tx, job).await.map_err(Refused::from)?;
        let accepted = Accepted::new(job, state.as_str(), location(job));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}
