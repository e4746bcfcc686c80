//! Branch reports: gathering their numbers, asking for them, looking what became of them.

mod compose;
mod due;
mod error;
mod render;
mod request;
mod runs;

pub use compose::{Composed, Period, compose};
pub use due::{DueReports, due_reports};
pub use error::ReportError;
pub use render::BranchReports;
pub use request::{
    BranchReportRequest, JOB_KIND, REPORT, Requested, STEP_KIND, SendBranchReport, recipient_of,
    request,
};
pub use runs::{Run, RunPage, list, show};
