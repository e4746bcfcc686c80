//! `GET /jobs/{id}`.

use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use common::jobs;
use common::kernel::JobId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::resource::Job;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ShowJob(pub State);

#[OpenApi(tag = "Tag::Jobs")]
impl ShowJob {
    /// Show a job
    ///
    /// With its steps, their attempts, progress, timings and exceptions.
    #[oai(path = "/jobs/:id", method = "get", operation_id = "show_job")]
    async fn show(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Json<Job>> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let job = jobs::show(&mut tx, JobId::from_uuid(id.0)).await?;
        job.map(|job| Json(Job::seen_at(job, self.0.clock.now()))).ok_or_else(ApiError::not_found)
    }
}
