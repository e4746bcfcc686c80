//! Tables `action_item_event`, what happened, and `action_item`, what that makes of each item.

mod event;
mod item;
mod shown;

pub use event::{append, history};
pub use item::{ActionItemRow, NOT_STARTED, lock, not_started, put};
pub use shown::{ItemFilter, ItemPosition, PAGE, PAGE_OF_BRANCHES, ShownRow, find, page};
