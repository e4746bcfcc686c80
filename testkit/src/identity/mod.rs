//! Callers for tests of any service: people with a role, machines with a key, and tokens that must
//! not pass.

mod forged;
mod people;
mod roles;

pub use forged::assert_closed;
pub use people::{Identity, Member};
pub use roles::assert_roles;
