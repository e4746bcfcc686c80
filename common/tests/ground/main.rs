//! The HTTP ground, idempotency and the shared main, from outside.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod address_limit;
mod api;
mod checks;
mod database;
mod disconnect;
mod drain;
mod egress;
mod erasing;
mod errors;
mod head;
mod http2;
mod idempotency;
mod rest;
mod socket;
