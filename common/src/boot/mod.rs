//! The shared main of every Footfall process: configuration → telemetry → pool → schema check → role → drain.
//!
//! A service's `main` chooses the role and hands it over; nothing else starts or stops a process.

mod database;
mod memory;
mod run;
mod upkeep;

pub use database::db_options;
pub use run::{Boot, Running, run};
