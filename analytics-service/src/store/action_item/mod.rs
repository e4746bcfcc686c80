//! Tables `action_item_event`, what happened, and `action_item`, what that makes of each item.

mod event;
mod item;
mod shown;

pub use event::{append, history};
pub use item::{ActionItemRow, lock, not_started, put};
pub use shown::{ItemFilter, ItemPosition, ShownRow, find, page};
