//! A real mail server for tests and the demo: `aiosmtpd` with a script of ours that stores every
//! message and fails on cue. A stand-in: it delivers nothing to anyone.

mod certificate;
mod sink;

pub use certificate::Authority;
pub use sink::{Login, Protection, SinkError, SmtpSink, StoredMessage};
