//! The SFTP adapter against a real OpenSSH server.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod operations;
mod scene;
mod sessions;
