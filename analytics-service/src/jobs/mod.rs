//! Steps of jobs that this service runs.

mod generate_action_items;
mod post_office;
mod send_branch_report;
mod send_daily_missing_alert;
mod send_due_reports;
mod send_schedule_alert;
mod tell_admins;

/// How the audit trail names what these steps did.
const ACTOR: &str = "service:analytics-service";

pub use generate_action_items::GenerateActionItemsStep;
pub use post_office::{PostOffice, Sender};
pub use send_branch_report::SendBranchReportStep;
pub use send_daily_missing_alert::SendDailyMissingAlertStep;
pub use send_due_reports::SendDueReportsStep;
pub use send_schedule_alert::SendScheduleAlertStep;
pub use tell_admins::TellAdmins;
