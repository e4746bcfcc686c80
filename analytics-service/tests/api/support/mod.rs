//! A service over a test database: two tenants, people of every role, rollup rows written
//! directly, and the web API to ask.

mod facts;
mod people;
mod site;

pub use facts::{Cart, Facts, PROPERTY, Rollup, day};
pub use site::Site;
