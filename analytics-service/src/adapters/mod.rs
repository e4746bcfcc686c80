//! The outside: mail servers, or a folder in their place.

pub mod mail;
