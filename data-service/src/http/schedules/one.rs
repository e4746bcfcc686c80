//! `/schedules/{id}`: all operations of the path in one place, because the document takes a path
//! from one place only.

use common::audit;
use common::auth::Authenticated;
use common::http::{ApiError, ApiResult, IfMatch};
use common::jobs::schedule;
use common::kernel::ScheduleId;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use uuid::Uuid;

use super::refused;
use super::request::NewSchedule;
use super::resource::{Removed, Shown, tag};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct OneSchedule(pub State);

#[OpenApi(tag = "Tag::Schedules")]
impl OneSchedule {
    /// Show a schedule
    ///
    /// With its next five runs and the streak of failures, if there is one.
    #[oai(path = "/schedules/:id", method = "get", operation_id = "show_schedule")]
    async fn show(&self, caller: Authenticated, id: Path<Uuid>) -> ApiResult<Shown> {
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let view = schedule::show(&mut tx, ScheduleId::from_uuid(id.0)).await?;
        Ok(Shown::at(view.ok_or_else(ApiError::not_found)?, self.0.clock.now()))
    }

    /// Replace a schedule
    ///
    /// As a whole. Its next slot is the first one after now.
    #[oai(path = "/schedules/:id", method = "put", operation_id = "replace_schedule")]
    async fn replace(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: IfMatch,
        body: Json<NewSchedule>,
    ) -> ApiResult<Shown> {
        let (id, new) = (ScheduleId::from_uuid(id.0), body.0.checked()?);
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let current = schedule::lock(&mut tx, id).await?.ok_or_else(ApiError::not_found)?;
        if_match.require(&tag(&current))?;
        let view = schedule::replace(&mut tx, &self.0.clock, id, &new).await.map_err(refused)?;
        let (actor, object) = (caller.0.actor(), format!("schedule:{id}"));
        audit::record(&mut tx, &audit::Entry::done(&actor, "schedule.changed", &object)).await?;
        tx.commit().await?;
        Ok(Shown::at(view, self.0.clock.now()))
    }

    /// Remove a schedule
    ///
    /// Its jobs stay.
    #[oai(path = "/schedules/:id", method = "delete", operation_id = "remove_schedule")]
    async fn remove(
        &self,
        caller: Authenticated,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: IfMatch,
    ) -> ApiResult<Removed> {
        let id = ScheduleId::from_uuid(id.0);
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let current = schedule::lock(&mut tx, id).await?.ok_or_else(ApiError::not_found)?;
        if_match.require(&tag(&current))?;
        schedule::remove(&mut tx, id).await?;
        let (actor, object) = (caller.0.actor(), format!("schedule:{id}"));
        audit::record(&mut tx, &audit::Entry::done(&actor, "schedule.removed", &object)).await?;
        tx.commit().await?;
        Ok(Removed::Removed)
    }
}
