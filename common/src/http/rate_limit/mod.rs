//! Rate limits, counted in the memory of one process: with N processes behind a balancer a caller gets up to N
//! times the quota. That is enough against floods and guessing; what must hold exactly is counted in the database.

mod general;
mod limiter;
mod shown;

pub(crate) use general::{AddressLimit, CallerLimits};
pub use limiter::{RateLimit, TooMany};
pub(crate) use shown::{observed, reveal};
