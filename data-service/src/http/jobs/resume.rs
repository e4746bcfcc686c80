//! `POST /jobs/{id}/resume`.

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
pub struct ResumeJob(pub State);

#[OpenApi(tag = "Tag::Jobs")]
impl ResumeJob {
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
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(answer);
        }
        let job = JobId::from_uuid(id.0);
        let state = control::resume(&mut tx, job).await.map_err(Refused::from)?;
        let accepted = Accepted::new(job, state.as_str(), location(job));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}
