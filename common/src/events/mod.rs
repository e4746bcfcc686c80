//! What happened, for everyone who wants to know.
//!
//! [`publish`] writes an event into the outbox, in the transaction that makes it true: state and
//! event stand or fall together. Whoever moves the outbox on finds its rows in order of arrival.

mod outbox;

pub use outbox::{Event, publish};
