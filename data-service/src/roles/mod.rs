//! What one process does, from its wiring to its end.

mod health;
mod ingest;
mod jobs;
mod operator;
mod serve;
mod steps;
mod work;

pub use ingest::{IngestArgs, ingest};
pub use jobs::{JobsCommand, jobs};
pub use serve::serve;
pub use work::work;
