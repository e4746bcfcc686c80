//! Step `send_due_reports`: adds a step for each report that is due.

use async_trait::async_trait;
use common::db::Db;
use common::jobs::{MAX_ADDED_STEPS, NewStep, StepContext, StepDone, StepError, StepKind};
use common::kernel::SharedClock;
use serde_json::json;

use super::send_branch_report;
use crate::app::reports::{DueReports, STEP_KIND, SendBranchReport, due_reports};

/// Reports of one run, a little fewer than the engine lets a step add; the others wait for the next one.
const MOST_REPORTS: usize = MAX_ADDED_STEPS - 100;

/// Branches that a warning names.
const NAMED: usize = 20;

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
        let due =
            due_reports(&mut tx, self.clock.now()).await.map_err(send_branch_report::failed)?;
        drop(tx);
        Ok(done(&due))
    }
}

fn done(due: &DueReports) -> StepDone {
    let mut outcome = json!({ "due_reports": due.reports.len() });
    let waiting = due.reports.len().saturating_sub(MOST_REPORTS);
    if waiting > 0 {
        outcome["waiting"] = json!(waiting);
    }
    if !due.unreachable.is_empty() {
        outcome["warnings"] = json!([warning(&due.unreachable)]);
    }
    let new_steps = due.reports.iter().take(MOST_REPORTS).map(step).collect();
    StepDone { new_steps, ..StepDone::new(outcome) }
}

fn step(report: &SendBranchReport) -> NewStep {
    let (location, last) = (&report.location, report.last);
    NewStep::new(STEP_KIND)
        .key(format!("{STEP_KIND}:{:?}:{location}:{last}", report.property_id))
        .label(format!("report of branch {location} up to {last}"))
        .payload(json!(report))
}

fn warning(unreachable: &[String]) -> String {
    let named = unreachable.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let others = if unreachable.len() > NAMED { ", …" } else { "" };
    let count = unreachable.len();
    format!(
        "branches without a report, because their e-mail address is none ({count}): {named}{others}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_reports_than_one_job_may_hold_wait_for_the_next_run() {
        let day = "2026-03-17".parse().unwrap();
        let report = |number: usize| SendBranchReport {
            property_id: Some(1),
            location: format!("B{number}"),
            first: day,
            last: day,
            recipient: None,
            report_run_id: None,
        };
        let due = |count: usize| DueReports {
            reports: (0..count).map(report).collect(),
            unreachable: Vec::new(),
        };
        let all = done(&due(MOST_REPORTS));
        assert_eq!(all.new_steps.len(), MOST_REPORTS);
        assert_eq!(all.outcome, json!({ "due_reports": MOST_REPORTS }));
        let first = done(&due(MAX_ADDED_STEPS + 1));
        assert_eq!(first.new_steps.len(), MOST_REPORTS);
        assert_eq!(first.new_steps[0].payload["location"], "B0");
        assert_eq!(first.outcome, json!({ "due_reports": MAX_ADDED_STEPS + 1, "waiting": 101 }));
    }

    #[test]
    fn a_warning_names_twenty_branches_and_counts_all() {
        let codes = |count: usize| (0..count).map(|n| format!("B{n}")).collect::<Vec<_>>();
        let few = warning(&codes(2));
        assert!(few.ends_with("(2): B0, B1"), "{few}");
        let many = warning(&codes(21));
        assert!(many.contains("(21): B0, ") && many.ends_with(", B19, …"), "{many}");
    }
}
