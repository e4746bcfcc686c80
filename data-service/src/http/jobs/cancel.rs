//! `POST /jobs/{id}/cancel`.

use common::auth::Authenticated;
use common::http::{Accepted, ApiResult, Begun, Idempotency};
use common::jobs;
use common::kernel::JobId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::location;
use crate::error::Refused;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct CancelJob(pub State);

#[OpenApi(tag = "Tag::Jobs")]
impl CancelJob {
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
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(answer);
        }
        let job = JobId::from_uuid(id.0);
        let state = jobs::cancel(&mut tx, job).await.map_err(Refused::from)?;
        let accepted = Accepted::new(job, state.as_str(), location(job));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}
