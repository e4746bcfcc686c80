//! `POST /schedules/{id}/resume`.

use common::audit;
use common::auth::Authenticated;
use common::http::ApiResult;
use common::jobs::schedule;
use common::kernel::ScheduleId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use uuid::Uuid;

use super::refused;
use super::resource::Shown;
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct ResumeSchedule(pub State);

#[OpenApi(tag = "Tag::Schedules")]
impl ResumeSchedule {
    /// Resume a schedule
    ///
    /// From the first slot after now.
    #[oai(path = "/schedules/:id/resume", method = "post", operation_id = "resume_schedule")]
    async fn resume(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Shown> {
        let id = ScheduleId::from_uuid(id.0);
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let view = schedule::resume(&mut tx, &self.0.clock, id).await.map_err(refused)?;
        let (actor, object) = (caller.0.actor(), format!("schedule:{id}"));
        audit::record(&mut tx, &audit::Entry::done(&actor, "schedule.resumed", &object)).await?;
        tx.commit().await?;
        Ok(Shown::at(view, self.0.clock.now()))
    }
}
