//! SQL, one table or query family a file.

pub mod configuration;
pub mod login_attempt;
pub mod person;
pub mod session;
pub mod signing_key;
pub mod tenant;
