//! `/tasks`: lists of things to do.

mod cart_body;
mod carts;

pub(super) use carts::CartsApi;
