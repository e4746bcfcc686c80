//! The web API over a real database.

mod carts;
mod contract;
mod delivery;
mod report_runs;
mod stats;
mod support;
