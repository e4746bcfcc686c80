//! auth-service as its clients, its operators and the other services see it.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod bad_input;
mod configuration;
mod documents;
mod keys;
mod login;
mod process;
mod routes;
mod session;
mod stand_in;
mod support;
mod tenant_create;
