//! The job engine on a real Postgres, as the login of data-service.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers fail the test")]

mod cancel;
mod control;
mod dead_letter;
mod fairness;
mod graph;
mod history;
mod lease;
mod origin;
mod retry;
mod schedule;
mod shutdown;
mod stress;
mod support;
mod tenancy;
