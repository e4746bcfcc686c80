//! The web API, one resource a file.

mod api;
mod api_keys;
mod audit;
mod client;
mod configuration;
mod connection_test;
mod cookies;
mod introspection;
mod invitations;
mod keys;
mod login;
mod me;
mod members;
mod rules;
mod session;
mod tenant;

pub use api::{SERVICE, document, routes};
pub use rules::RULES;
