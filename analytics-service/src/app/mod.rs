//! Use cases, one a file: what is read in which order, and what the domain makes of it.

pub mod reports;
pub mod schedule_alert;
pub mod settings;
pub mod stats;
pub mod tasks;
pub mod test_mail;
