//! Callers for tests of any service: people with a role, their access tokens, and tokens that must
//! not pass.

mod forged;
mod people;

pub use forged::assert_closed;
pub use people::{Identity, Member};
