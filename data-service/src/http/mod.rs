//! The web API of data-service: one endpoint a file.

mod app;
mod availability;
mod date_range;
mod dead_letters;
mod files;
mod first_connect;
mod hooks;
mod internal;
mod job_pauses;
mod jobs;
mod param_drift;
mod recipient;
pub mod rules;
mod schedules;
mod state;
mod tag;
mod tenant_export;
mod webhook_endpoints;

pub use app::{app, document};
pub use state::State;
use tag::Tag;

/// First segment of every path.
pub const SERVICE: &str = "data";
