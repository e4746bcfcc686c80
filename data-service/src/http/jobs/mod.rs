//! `/data/v1/jobs`.

mod collection;
mod control;
mod events;
mod list;
mod request;
mod resource;
mod show;
mod shown;
mod submit;

pub use collection::Jobs;
pub use control::ControlJob;
pub use events::JobEvents;
pub use resource::JobException;
pub use show::ShowJob;
pub(super) use submit::accept;

use common::kernel::JobId;

/// The status resource of a job.
pub(super) fn location(job: JobId) -> String {
    format!("/data/v1/jobs/{job}")
}
