//! Outside systems.

pub mod provider;
