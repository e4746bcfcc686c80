//! `/hooks`: what shops send. Whoever delivers has no credential but the signature.

mod receive;
mod shop_events;
mod signed;

pub use receive::ReceiveWebhook;

/// The limit of a body, whatever the configuration says of the other routes.
pub const BODY_LIMIT: (&str, usize) = ("/hooks/{endpoint_id}", 1 << 20);
