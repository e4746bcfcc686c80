//! The outside systems, one a file.

pub mod bigquery;
pub mod sftp;
