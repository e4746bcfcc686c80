//! The append-only trail of who did what. No login may change or delete a line.

mod read;
mod record;

pub use read::{Filter, Recorded, list};
pub use record::{Entry, record};
