//! What a process of this service can be.

mod serve;
mod work;

pub use serve::serve;
pub use work::work;
