//! What tests and the demo stand on: a database, sample data and stand-ins for outside systems. Never linked into a service.

pub mod bench;
pub mod bigquery;
pub mod bqemulator;
pub mod canary;
pub mod chaos;
pub mod db;
pub mod dev;
pub mod ga4;
pub mod identity;
pub mod oidc;
pub mod postgres;
pub mod proxy;
pub mod sample;
pub mod schemathesis;
pub mod scripted_sftp;
pub mod service;
pub mod smtp;
pub mod sshd;
pub mod tools;

pub use db::TestDb;
