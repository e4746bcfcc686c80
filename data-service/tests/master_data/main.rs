//! Customers and locations from a real OpenSSH server into a real Postgres, run by the real job engine.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod faults;
mod files;
mod forms;
mod interruption;
mod scene;
mod schema;
mod versions;
mod workbook;
