//! Start, stop and drain of one process. Roles spawn through [`Tasks`], watch [`Shutdown`], and the
//! shared main (`crate::boot`) turns the outcome into an [`Exit`].

mod exit;
mod shutdown;
mod tasks;

pub use exit::Exit;
pub use shutdown::Shutdown;
pub(crate) use tasks::panic_text;
pub use tasks::{DrainError, Tasks};
