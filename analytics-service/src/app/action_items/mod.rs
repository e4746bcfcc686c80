//! ActionItems: making them after an ingestion, and reading them.

mod execute;
mod generate;
mod list;
mod show;

pub use execute::execute;
pub use generate::Generation;
pub use list::{ItemPage, ShownItem, list};
pub use show::{ItemWithHistory, Moment, show};

pub use crate::store::action_item::ItemFilter;
