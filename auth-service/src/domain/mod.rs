//! Pure rules: no I/O, no clock, no framework.

pub mod configuration;
pub mod currency;
pub mod identity;
pub mod return_to;
