//! The web API of data-service over a real Postgres, with two tenants and a browser session each.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod availability;
mod cancel;
mod contract;
mod control;
mod events;
mod files;
mod first_connect;
mod interleaved;
mod internal;
mod isolation;
mod list;
mod param_drift;
mod process;
mod schedules;
mod submit;
mod support;
mod tenant_export;
mod webhooks;
