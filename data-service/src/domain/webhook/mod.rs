//! Webhooks of shops: whose a request is, and what it says.

mod fields;
mod proof;
mod secret;
mod shop_event;

pub use proof::{Claims, Distrust, Proof};
pub use secret::{NotASecret, SECRET_BYTES, SigningSecret};
pub use shop_event::{Fault, MOST_EVENTS, ShopEvent, parse};
