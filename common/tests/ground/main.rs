//! The HTTP ground, idempotency and the shared main, from outside.

mod api;
mod checks;
mod drain;
mod errors;
mod idempotency;
