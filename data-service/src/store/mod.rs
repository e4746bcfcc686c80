//! The tables this service writes, one query family a file.

pub mod customer;
pub mod location;
pub mod master_row;
pub mod master_version;
pub mod reject;
pub mod source_file;
