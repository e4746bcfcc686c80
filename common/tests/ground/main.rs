//! The HTTP ground, idempotency and the shared main, from outside.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod api;
mod checks;
mod drain;
mod egress;
mod errors;
mod idempotency;
