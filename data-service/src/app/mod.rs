//! Use cases of data-service, one a file.

pub mod availability;
pub mod draw_job;
pub mod submit_job;
