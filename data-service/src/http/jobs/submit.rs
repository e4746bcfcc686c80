//! `POST /jobs`.

use std::time::Duration;

use common::auth::Caller;
use common::http::{Accepted, ApiResult, Begun, Idempotency, PreferWait};
use common::jobs::{self, JobView};
use common::kernel::JobId;
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::Json;
use poem_openapi::registry::{MetaResponses, Registry};
use tokio::time::Instant;

use super::location;
use super::request::NewJob;
use super::resource::Job;
use crate::app::submit_job::{JobRequest, submit_job};
use crate::error::Refused;
use crate::http::State;

/// How often a waiting request looks whether the job is finished.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// 202, or 200 when the client preferred to wait and the job is finished.
#[derive(Debug)]
pub enum SubmitAnswer {
    Accepted(Accepted),
    Finished(Json<Job>),
}

pub(super) async fn submit(
    state: &State,
    caller: &Caller,
    idempotency: &Idempotency,
    prefer: PreferWait,
    body: NewJob,
) -> ApiResult<SubmitAnswer> {
    let request = body.checked()?;
    let accepted = accept(state, caller, idempotency, &request).await?;
    let job = JobId::from_uuid(accepted.body().id);
    match wait(state, caller, job, prefer.0).await? {
        Some(finished) => {
            Ok(SubmitAnswer::Finished(Json(Job::seen_at(finished, state.clock.now()))))
        }
        None => Ok(SubmitAnswer::Accepted(accepted)),
    }
}

/// Stores the job, or finds the live one that does the same.
pub(in crate::http) async fn accept(
    state: &State,
    caller: &Caller,
    idempotency: &Idempotency,
    request: &JobRequest,
) -> ApiResult<Accepted> {
    let mut tx = state.tenant(&caller.scope).await?;
    if let Begun::Replayed(answer) = idempotency.begin(&mut tx).await? {
        return Accepted::replay(answer);
    }
    let submitted = submit_job(&mut tx, request, caller.actor()).await.map_err(Refused::from)?;
    let path = location(submitted.job_id);
    let events = format!("{path}/events");
    let accepted = Accepted::new(submitted.job_id, "pending", path).events(events);
    idempotency.remember(&mut tx, &accepted.stored()?).await?;
    tx.commit().await?;
    Ok(accepted)
}

async fn wait(
    state: &State,
    caller: &Caller,
    job: JobId,
    patience: Duration,
) -> ApiResult<Option<JobView>> {
    let until = Instant::now() + patience;
    while Instant::now() < until {
        let mut tx = state.tenant(&caller.scope).await?;
        let found = jobs::show(&mut tx, job).await?;
        drop(tx);
        if let Some(job) = found.filter(|job| job.summary.state.finished()) {
            return Ok(Some(job));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(None)
}

impl IntoResponse for SubmitAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::Accepted(accepted) => accepted.into_response(),
            Self::Finished(job) => job.into_response(),
        }
    }
}

impl ApiResponse for SubmitAnswer {
    fn meta() -> MetaResponses {
        let mut meta = Accepted::meta();
        meta.responses.extend(<Json<Job> as ApiResponse>::meta().responses);
        meta
    }

    fn register(registry: &mut Registry) {
        <Accepted as ApiResponse>::register(registry);
        <Json<Job> as ApiResponse>::register(registry);
    }
}
