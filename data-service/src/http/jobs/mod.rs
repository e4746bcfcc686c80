//! `/data/v1/jobs`.

mod cancel;
mod collection;
mod events;
mod list;
mod pause;
mod request;
mod resource;
mod resume;
mod retry;
mod show;
mod shown;
mod submit;

pub use cancel::CancelJob;
pub use collection::Jobs;
pub use events::JobEvents;
pub use pause::PauseJob;
pub use resource::JobException;
pub use resume::ResumeJob;
pub use retry::RetryJob;
pub use show::ShowJob;

use common::kernel::JobId;

/// The status resource of a job.
pub(super) fn location(job: JobId) -> String {
    format!("/data/v1/jobs/{job}")
}
