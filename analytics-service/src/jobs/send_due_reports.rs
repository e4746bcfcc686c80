//! Step `send_due_reports`: adds a step for each report that is due.

use async_trait::async_trait;
use common::db::Db;
use common::jobs::{NewStep, StepContext, StepDone, StepError, StepKind};
use common::kernel::SharedClock;
use serde_json::json;

use super::send_branch_report;
use crate::app::reports::{STEP_KIND, due_reports};

/// The last of a nightly job: what is to be reported has been loaded.
#[derive(Debug)]
pub struct SendDueReportsStep {
    pub db: Db,
    pub clock: SharedClock,
}

#[async_trait]
impl StepKind for SendDueReportsStep {
    fn kind(&self) -> &'static str {
        "send_due_reports"
    }

    async fn run(&self, context: &StepContext) -> Result<StepDone, StepError> {
        let mut tx = self.db.tenant(context.scope()).await?;
        let reports =
            due_reports(&mut tx, self.clock.now()).await.map_err(send_branch_report::failed)?;
        drop(tx);
        let new_steps = reports.iter().map(|report| {
            let (location, last) = (&report.location, report.last);
            NewStep::new(STEP_KIND)
                .key(format!("{STEP_KIND}:{:?}:{location}:{last}", report.property_id))
                .label(format!("report of branch {location} up to {last}"))
                .payload(json!(report))
        });
        let new_steps: Vec<NewStep> = new_steps.collect();
        Ok(StepDone { new_steps, ..StepDone::new(json!({ "due_reports": reports.len() })) })
    }
}
