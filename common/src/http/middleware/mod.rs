//! The checks and additions around every request. [`envelope`] is the outermost and shows their order.

mod access;
mod body;
mod client_ip;
mod cors;
mod envelope;
mod headers;
mod nul;
mod query;
mod request_id;
mod text;

pub use body::RawBody;
pub use client_ip::ClientIp;
pub use request_id::RequestId;

pub(crate) use client_ip::TrustedProxies;
pub(crate) use cors::Cors;
pub(crate) use envelope::{Envelope, Rules};
