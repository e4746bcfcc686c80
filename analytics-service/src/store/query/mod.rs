//! Counting for a query where no rollup is exact: sessions, events and single facts, grouped by
//! bucket and dimensions in one statement each.

mod cart;
mod event;
mod frame;
mod funnel;
mod item;
mod purchase;
mod search;
mod session;
mod visitor;

pub use crate::domain::counted::{Counted, Key};
pub use cart::add_carts;
pub use event::add_events;
pub use frame::{Cut, Frame, Slots};
pub use funnel::funnel;
pub use item::add_items;
pub use purchase::{add_purchases, add_refunds};
pub use search::{add_search_sessions, add_searches};
pub use session::add_sessions;
pub use visitor::{VisitorRule, add_visitors};
