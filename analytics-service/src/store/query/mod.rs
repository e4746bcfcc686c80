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

use std::collections::BTreeMap;

use crate::domain::totals::Totals;

pub use cart::add_carts;
pub use event::add_events;
pub use frame::{Frame, Slots};
pub use funnel::funnel;
pub use item::add_items;
pub use purchase::{add_purchases, add_refunds};
pub use search::{add_search_sessions, add_searches};
pub use session::add_sessions;
pub use visitor::{VisitorRule, add_visitors};

/// The bucket's place among the buckets, and the values of the dimensions.
pub type Key = (usize, Vec<String>);

/// What was counted, by row of the answer.
pub type Counted = BTreeMap<Key, Totals>;
