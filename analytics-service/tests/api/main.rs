//! The web API over a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod action_items;
mod audit;
mod bounds;
mod branches;
mod carts;
mod comparison;
mod contract;
mod delivery;
mod due_reports;
mod funnel;
mod isolation;
mod mail_server;
mod plans;
mod query;
mod realtime;
mod report_runs;
mod schedule_alert;
mod short_forms;
mod stats;
mod support;
mod turns;
