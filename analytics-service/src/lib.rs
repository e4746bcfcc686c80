//! Dashboard statistics, task lists and emailed reports over the rollups that data-service loads.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod jobs;
pub mod render;
pub mod roles;
pub mod store;
pub mod wire;
