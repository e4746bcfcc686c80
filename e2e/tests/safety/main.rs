//! The three services as the processes they are, side by side.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod conformance;
mod connections;
mod conventions;
mod documents;
mod drain;
mod dump;
mod house;
mod limits;
mod schema;
