//! data-service: pulls GA4 exports and master data into the shared database, and receives webhooks of shops.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
pub mod http;
pub mod jobs;
pub mod roles;
pub mod store;

/// In logs, metrics and the database's list of connections.
pub const NAME: &str = "data-service";

/// The newest migration this service needs.
pub const SCHEMA: &str = "m56_close_load";
