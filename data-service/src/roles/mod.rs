//! What one process does, from its wiring to its end.

mod availability;
mod backfill;
mod dead_letters;
mod health;
mod ingest;
mod jobs;
mod operator;
mod schedules;
mod serve;
mod steps;
mod work;

pub use availability::{AvailabilityArgs, availability};
pub use backfill::{BackfillArgs, backfill};
pub use dead_letters::{DeadLettersCommand, dead_letters};
pub use ingest::{IngestArgs, ingest};
pub use jobs::{JobsCommand, jobs};
pub use schedules::{SchedulesArgs, schedules};
pub use serve::serve;
pub use work::work;
