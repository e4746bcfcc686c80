//! A development stand-in for an OpenID provider: anyone who reaches it logs in as anyone with one
//! click. It says so on its page and listens on loopback only.

mod code;
mod page;
mod provider;
mod routes;

pub use provider::{Account, StandIn, StandInError, StandInOptions};
