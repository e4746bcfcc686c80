//! `POST /schedules/{id}/pause`.

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
pub struct PauseSchedule(pub State);

#[OpenApi(tag = "Tag::Schedules")]
impl PauseSchedule {
    /// Pause a schedule
    ///
    /// Its slots do not run until it is resumed, and count as nobody's: no missed policy applies to them.
    #[oai(path = "/schedules/:id/pause", method = "post", operation_id = "pause_schedule")]
    async fn pause(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Shown> {
        let id = ScheduleId::from_uuid(id.0);
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let view = schedule::pause(&mut tx, id, "request").await.map_err(refused)?;
        let (actor, object) = (caller.0.actor(), format!("schedule:{id}"));
        audit::record(&mut tx, &audit::Entry::done(&actor, "schedule.paused", &object)).await?;
        tx.commit().await?;
        Ok(Shown::at(view, self.0.clock.now()))
    }
}
