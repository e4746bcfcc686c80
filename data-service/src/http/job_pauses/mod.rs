//! `/data/v1/job-pauses`: holding back every job of the tenant, or those of one kind.

mod list;
mod one;
mod resource;

pub use list::ListJobPauses;
pub use one::JobPauses;
