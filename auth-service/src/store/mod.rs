//! SQL, one table or query family a file.

pub mod api_key;
pub mod configuration;
pub mod invitation;
pub mod login_attempt;
pub mod member;
mod outdated;
pub mod person;
pub mod refresh_token;
pub mod session;
pub mod signing_key;
pub mod tenant;
