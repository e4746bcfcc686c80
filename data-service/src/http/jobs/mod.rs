//! `/data/v1/jobs`.

mod cancel;
mod events;
mod list;
mod request;
mod resource;
mod show;
mod submit;

pub use cancel::CancelJob;
pub use events::JobEvents;
pub use list::ListJobs;
pub use show::ShowJob;
pub use submit::SubmitJob;

use common::kernel::JobId;

/// The status resource of a job.
fn location(job: JobId) -> String {
    format!("/data/v1/jobs/{job}")
}
