//! A tenant's SFTP server: what lies in a folder, and the bytes of a file.
//!
//! `ssh2` blocks, so each operation has a thread of its own, and the session of a [`Visit`] to itself
//! as long as it lasts; dropping its future cuts the line, which ends the thread. The caller resolves
//! the host, so the egress guard has judged every address that is connected to here.

mod check;
mod cipher;
mod dispose;
mod error;
mod host_key;
mod line;
mod listing;
mod session;
mod target;
mod transfer;
mod visit;

pub use check::{Check, Reached, check};
pub use dispose::Disposal;
pub use error::SftpError;
pub use host_key::{Fingerprint, HostKeys, MalformedFingerprint};
pub use listing::{Listing, RemoteFile, Skipped};
pub use target::{SftpAuth, SftpTarget, TargetError, TimeLimits};
pub use transfer::{Download, Downloaded};
pub use visit::Visit;
