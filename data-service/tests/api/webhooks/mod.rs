//! Webhooks of shops: endpoints, deliveries, and what becomes of them.

mod deliveries;
mod endpoints;
mod housekeeping;
mod refusals;
mod rotation;
mod shop;

pub use shop::{PROPERTY, Shop, stored};
