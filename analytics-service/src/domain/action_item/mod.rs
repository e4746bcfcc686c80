//! ActionItems: things to do that remember what happened to them.
//!
//! An item is what its events make of it. Whoever wants something of it says so by a command; [`apply`] answers the
//! events that follow, [`ActionItem::after`] the item they lead to.

pub mod abandoned_cart;
mod apply;
mod command;
mod event;
mod kind;
mod state;
mod status;

pub use apply::apply;
pub use command::{Command, ContactReference, NewItem};
pub use event::{Cause, Event, Recorded};
pub use kind::{Kind, id_of};
pub use state::{ActionItem, replayed};
pub use status::Status;

/// A word that this version does not know.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not known of action items")]
pub struct UnknownWord(pub String);
