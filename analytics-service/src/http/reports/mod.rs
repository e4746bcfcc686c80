//! `/reports` and `/report-runs`: preview, sending, what became of it.

mod body;
mod create;
mod list;
mod preview;
mod runs;
mod show;

pub(super) use preview::PreviewApi;
pub(super) use runs::ReportRunsApi;

/// The path of a run's status resource.
fn path_of(run: impl std::fmt::Display) -> String {
    format!("/analytics/v1/report-runs/{run}")
}
