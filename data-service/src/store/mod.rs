//! The tables this service writes, one query family a file.

pub mod availability;
pub mod customer;
pub mod location;
pub mod master_row;
pub mod master_version;
pub mod operator;
pub mod reject;
pub mod source_file;
