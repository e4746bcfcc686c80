//! Pure rules: no I/O, no clock, no framework.

pub mod branches;
pub mod configuration;
pub mod currency;
pub mod identity;
pub mod issue;
pub mod membership;
pub mod refresh;
pub mod return_to;
pub mod tenant_life;
