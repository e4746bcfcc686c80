//! The OpenID Connect provider: discovery, the redirect, the exchange of the code, and the proof
//! that its ID token is for this very login.

mod error;
mod exchange;
mod metadata;

pub use error::ProviderError;
pub use exchange::{Answer, Provider, Redirect};
