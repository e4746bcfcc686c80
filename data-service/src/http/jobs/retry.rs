//! `POST /jobs/{id}/retry`.

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
pub struct RetryJob(pub State);

#[OpenApi(tag = "Tag::Jobs")]
impl RetryJob {
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
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
            return Accepted::replay(answer);
        }
        let job = JobId::from_uuid(id.0);
        let state = control::retry(&mut tx, job).await.map_err(Refused::from)?;
        let accepted = Accepted::new(job, state.as_str(), location(job));
        idempotency.remember(&mut tx, &accepted.stored()?).await?;
        tx.commit().await?;
        Ok(accepted)
    }
}
