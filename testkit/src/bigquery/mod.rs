//! A stand-in for BigQuery's REST API: the exact wire format, tables from files or generators, and
//! faults on cue. Tests start it in their process, `footfall-dev` in one of its own.
//!
//! Of queries it runs one form only: chosen fields of one table, of one day. Others are refused the way BigQuery refuses
//! a statement it cannot read.

mod account;
mod answer;
mod catalogue;
mod cell;
mod data;
mod fault;
mod jobs;
mod pages;
mod projection;
mod request_log;
mod respond;
mod routes;
mod server;
mod source;
mod standalone;
mod statement;
mod token;

pub use account::ServiceAccount;
pub use data::Paging;
pub use fault::{Fault, Injection, Route};
pub use request_log::LoggedRequest;
pub use server::{Dataset, PREPARED_BYTES, Server, StandInError};
pub use source::{Rows, SourceError, TableSource};
pub use standalone::run_standalone;

#[cfg(test)]
mod tests;
