//! `/schedules`: both operations of the path in one place, because the document takes a path from
//! one place only.

use common::audit;
use common::auth::Authenticated;
use common::http::ApiResult;
use common::jobs::schedule;
use poem_openapi::OpenApi;
use poem_openapi::payload::Json;

use super::refused;
use super::request::NewSchedule;
use super::resource::{Created, Schedule, ScheduleList};
use crate::http::{State, Tag};

#[derive(Debug)]
pub struct Schedules(pub State);

#[OpenApi(tag = "Tag::Schedules")]
impl Schedules {
    /// List schedules
    ///
    /// All of them, by name.
    #[oai(path = "/schedules", method = "get", operation_id = "list_schedules")]
    async fn list(&self, caller: Authenticated) -> ApiResult<Json<ScheduleList>> {
        let now = self.0.clock.now();
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let found = schedule::list(&mut tx).await?;
        let schedules = found.into_iter().map(|view| Schedule::at(view, now)).collect();
        Ok(Json(ScheduleList { schedules }))
    }

    /// Create a schedule
    ///
    /// A local time that does not exist, because clocks go forward, runs when they have; one that exists twice runs the
    /// first time only.
    #[oai(path = "/schedules", method = "post", operation_id = "create_schedule")]
    async fn create(&self, caller: Authenticated, body: Json<NewSchedule>) -> ApiResult<Created> {
        let new = body.0.checked()?;
        let mut tx = self.0.tenant(&caller.0.scope).await?;
        let view = schedule::create(&mut tx, &self.0.clock, &new).await.map_err(refused)?;
        let (actor, object) = (caller.0.actor(), format!("schedule:{}", view.schedule_id));
        audit::record(&mut tx, &audit::Entry::done(&actor, "schedule.created", &object)).await?;
        tx.commit().await?;
        Ok(Created::at(view, self.0.clock.now()))
    }
}
