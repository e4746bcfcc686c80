//! Callers for tests of any service: people with a role, machines with a key, and tokens that must
//! not pass.

mod forged;
mod logged_in;
mod people;
mod roles;

pub use common::auth::Role;
pub use forged::assert_closed;
pub use logged_in::{logged_in, with_settings};
pub use people::{Identity, Member};
pub use roles::assert_roles;
