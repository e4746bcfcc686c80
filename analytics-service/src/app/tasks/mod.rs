//! Task lists.

mod carts;

pub use carts::{CartPage, Carts, abandoned_carts, abandonment_rule, count_abandoned_carts};
