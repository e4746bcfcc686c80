//! What a tenant's configuration may say.
//!
//! A change is a JSON merge patch (RFC 7396). [`split`] takes the secrets out of it, [`merge`]
//! applies the rest to the stored document, [`read`] and [`check`] judge the result.

mod check;
mod connection_check;
mod document;
mod key_file;
mod merge;
mod secrets;

pub use check::check;
pub use document::{Connections, Document, read};
pub use key_file::KeyFile;
pub use merge::merge;
pub use secrets::{SecretChange, SecretChanges, split};
