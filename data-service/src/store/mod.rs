//! The tables this service writes, one query family a file.

pub mod availability;
pub mod cart;
pub mod customer;
pub mod day_event;
pub mod event;
pub mod file_ledger;
pub mod file_schema;
pub mod location;
pub mod master_row;
pub mod master_version;
pub mod operator;
pub mod param_drift;
mod plan;
pub mod property;
pub mod purchase;
pub mod query_cost;
pub mod refund;
pub mod reject;
pub mod rollup;
pub mod search;
pub mod session_day;
pub mod sessionless_day;
pub mod shard;
pub mod source_file;
pub mod staging;
pub mod swap;
pub mod tenant_export;
