//! Step `send_daily_missing_alert`: tells a tenant's admins that complete days of a property stay away.

use async_trait::async_trait;
use chrono::NaiveDate;
use common::jobs::{StepContext, StepDone, StepError, StepKind};
use serde::Deserialize;

use super::TellAdmins;
use super::tell_admins::Notice;
use crate::app::daily_missing_alert::compose;

#[derive(Debug)]
pub struct SendDailyMissingAlertStep(pub TellAdmins);

/// As data-service writes it when it finds the first such day.
#[derive(Debug, Deserialize)]
struct Payload {
    property_id: i64,
    days: Vec<NaiveDate>,
    /// All of them; only the first may be named.
    count: usize,
}

#[async_trait]
impl StepKind for SendDailyMissingAlertStep {
    fn kind(&self) -> &'static str {
        "send_daily_missing_alert"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let Payload { property_id, days, count } = context.payload()?;
        let notice = Notice {
            mail: compose(property_id, &days, count),
            list: ("Missing days", format!("{property_id}.property")),
            action: "property.daily_missing_alerted",
            object: format!("property:{property_id}"),
        };
        self.0.tell(context, &notice).await
    }
}
