//! `/data/v1/jobs`.

mod cancel;
mod collection;
mod events;
mod list;
mod request;
mod resource;
mod show;
mod submit;

pub use cancel::CancelJob;
pub use collection::Jobs;
pub use events::JobEvents;
pub use show::ShowJob;

use common::kernel::JobId;

/// The status resource of a job.
fn location(job: JobId) -> String {
    format!("/data/v1/jobs/{job}")
}
