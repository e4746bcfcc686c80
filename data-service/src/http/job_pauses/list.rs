//! `GET /job-pauses`.

use common::auth::Authenticated;
use common::http::ApiResult;
use common::jobs::control;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::resource::JobPause;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ListJobPauses(pub State);

#[derive(Debug, Object)]
pub struct JobPauseList {
    pub pauses: Vec<JobPause>,
}

#[OpenApi(tag = "Tag::Jobs")]
impl ListJobPauses {
    /// List pauses
    #[oai(path = "/job-pauses", method = "get", operation_id = "list_job_pauses")]
    async fn list(&self, caller: Authenticated) -> ApiResult<Json<JobPauseList>> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let pauses = control::holds(&mut tx).await?;
        Ok(Json(JobPauseList { pauses: pauses.into_iter().map(JobPause::from).collect() }))
    }
}
