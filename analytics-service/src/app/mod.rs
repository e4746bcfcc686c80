//! Use cases, one a file: what is read in which order, and what the domain makes of it.

pub mod action_items;
pub mod daily_missing_alert;
pub mod database_health;
pub mod reports;
pub mod schedule_alert;
pub mod settings;
pub mod stats;
pub mod tasks;
pub mod test_mail;

pub use crate::render::Rendered;
