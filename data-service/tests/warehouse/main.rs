//! The warehouse adapter and the decoder against BigQuery's wire format, with faults on cue.

#![expect(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod access;
mod circuit;
mod deadline;
mod fixture;
mod query;
mod query_faults;
mod reading;
mod retry;
mod sample;
