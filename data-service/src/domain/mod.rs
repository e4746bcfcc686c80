//! What a GA4 export and a tenant's files mean, without any I/O: table names, the wire format, the typed event and its keys.
//!
//! `wire` knows BigQuery's cells and nothing about analytics; `event` knows GA4's columns; `keys` and `fingerprint`
//! give events their identity. The warehouse adapter feeds it pages, the loader takes events from it. `file` reads
//! customers and locations, `webhook` what shops send by themselves.

pub mod cart;
pub mod event;
pub mod file;
pub mod fingerprint;
pub mod key_text;
pub mod keys;
pub mod number;
pub mod rollup;
pub mod search;
pub mod shard;
pub mod timestamp;
pub mod webhook;
pub mod wire;
