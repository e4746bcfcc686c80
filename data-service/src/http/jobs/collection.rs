//! `/jobs`: both operations of the path in one place, because the document takes a path from one
//! place only.

use common::auth::Authenticated;
use common::http::{ApiResult, Idempotency, Limit, PreferWait};
use poem_openapi::OpenApi;
use poem_openapi::param::Query;
use poem_openapi::payload::Json;

use super::list::{self, JobKind, JobPage};
use super::request::NewJob;
use super::resource::JobStatus;
use super::submit::{self, SubmitAnswer};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct Jobs(pub State);

#[OpenApi(tag = "Tag::Jobs")]
impl Jobs {
    /// Submit a job
    ///
    /// The job is durably stored before the answer. While a job that does the same is under way, its id is given
    /// instead of a second one being made.
    #[oai(path = "/jobs", method = "post", operation_id = "submit_job")]
    async fn submit(
        &self,
        caller: Authenticated,
        #[oai(name = "Idempotency-Key")] idempotency: Idempotency,
        #[oai(name = "Prefer")] prefer: PreferWait,
        body: Json<NewJob>,
    ) -> ApiResult<SubmitAnswer> {
        submit::submit(&self.0, &caller.0, &idempotency, prefer, body.0).await
    }

    /// List jobs
    ///
    /// Newest first.
    #[oai(path = "/jobs", method = "get", operation_id = "list_jobs")]
    async fn list(
        &self,
        caller: Authenticated,
        kind: Query<Option<JobKind>>,
        status: Query<Option<JobStatus>>,
        cursor: Query<Option<String>>,
        #[oai(default)] limit: Query<Limit>,
    ) -> ApiResult<Json<JobPage>> {
        let cursor = cursor.0.as_deref();
        list::list(&self.0, &caller.0, kind.0, status.0, cursor, limit.0).await.map(Json)
    }
}
