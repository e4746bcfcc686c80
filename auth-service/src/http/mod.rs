//! The web API, one resource a file.

mod api;
mod configuration;
mod cookies;
mod keys;
mod login;
mod me;
mod rules;
mod session;

pub use api::{SERVICE, document, routes};
pub use rules::RULES;
