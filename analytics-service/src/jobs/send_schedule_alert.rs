//! Step `send_schedule_alert`: tells a tenant's admins that a schedule began to fail.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use common::jobs::{StepContext, StepDone, StepError, StepKind};
use serde::Deserialize;
use uuid::Uuid;

use super::TellAdmins;
use super::tell_admins::Notice;
use crate::app::schedule_alert::compose;

#[derive(Debug)]
pub struct SendScheduleAlertStep(pub TellAdmins);

/// As data-service's scheduler writes it.
#[derive(Debug, Deserialize)]
struct Payload {
    schedule_id: Uuid,
    name: String,
    failing_since: DateTime<Utc>,
    message: Option<String>,
}

#[async_trait]
impl StepKind for SendScheduleAlertStep {
    fn kind(&self) -> &'static str {
        "send_schedule_alert"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let Payload { schedule_id, name, failing_since, message } = context.payload()?;
        let notice = Notice {
            mail: compose(&name, failing_since, message.as_deref()),
            list: ("Failing schedules", format!("{schedule_id}.schedule")),
            action: "schedule.alerted",
            object: format!("schedule:{schedule_id}"),
        };
        self.0.tell(context, &notice).await
    }
}
