//! The first hour of a tenant: what the key can see, and what loading the past would cost.

mod discover;
mod estimate;

use chrono::TimeDelta;

pub use discover::{Discovered, Rights, discover};
pub use estimate::{BackfillEstimate, estimate, window};

/// A client waits for the answer.
const PATIENCE: TimeDelta = TimeDelta::seconds(20);

/// Requests to BigQuery at once: far below what it grants one user a second.
const AT_ONCE: usize = 8;
