//! A real OpenSSH server on loopback that serves one folder by SFTP, for tests and the demo.
//!
//! It runs as whoever runs the test, with host keys and client keys made for it, so it needs no
//! account of its own and opens nothing that its user could not open anyway.

mod error;
mod key;
mod process;
mod server;

pub use error::SshdError;
pub use key::KeyKind;
pub use server::Sshd;
