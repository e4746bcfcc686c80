//! `PUT` and `DELETE /job-pauses/{kind}`: both operations of the path in one place, because the
//! document takes a path from one place only.

use common::audit;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult};
use common::jobs::control;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::resource::{JobPause, PausedKind};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct JobPauses(pub State);

#[derive(Debug, ApiResponse)]
pub enum Ended {
    /// The jobs go on.
    #[oai(status = 204)]
    Ended,
}

#[OpenApi(tag = "Tag::Jobs")]
impl JobPauses {
    /// Pause jobs of a kind, or all
    ///
    /// No further step of them starts until the pause is ended; what runs goes on to its end.
    #[oai(path = "/job-pauses/:kind", method = "put", operation_id = "pause_jobs")]
    async fn pause(
        &self,
        caller: Authenticated,
        kind: Path<PausedKind>,
    ) -> ApiResult<Json<JobPause>> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let actor = caller.0.actor();
        let pause = JobPause::from(control::hold(&mut tx, kind.0.stored(), &actor).await?);
        let object = format!("jobs:{}", pause.kind);
        audit::record(&mut tx, &audit::Entry::done(&actor, "jobs.paused", &object)).await?;
        tx.commit().await?;
        Ok(Json(pause))
    }

    /// End a pause
    #[oai(path = "/job-pauses/:kind", method = "delete", operation_id = "resume_jobs")]
    async fn resume(&self, caller: Authenticated, kind: Path<PausedKind>) -> ApiResult<Ended> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        if !control::release(&mut tx, kind.0.stored()).await? {
            return Err(ApiError::not_found());
        }
        let (actor, object) =
            (caller.0.actor(), format!("jobs:{}", kind.0.stored().unwrap_or("all")));
        audit::record(&mut tx, &audit::Entry::done(&actor, "jobs.resumed", &object)).await?;
        tx.commit().await?;
        Ok(Ended::Ended)
    }
}
