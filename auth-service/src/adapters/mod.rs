//! Outside systems.

pub mod provider;
pub mod services;
