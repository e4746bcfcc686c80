//! What a process of this service can be.

mod serve;
mod wiring;
mod work;

pub use serve::serve;
pub use wiring::{Refused, SCHEMA};
pub use work::work;
