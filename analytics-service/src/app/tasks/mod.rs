//! Task lists.

mod carts;

pub use carts::{CartPage, Carts, abandoned_carts, count_abandoned_carts};
