//! JSON as clients see it.

mod configuration;
mod keys;
mod me;
mod token;

pub use configuration::{TenantConfiguration, configuration};
pub use keys::{PublicKey, PublicKeys};
pub use me::Me;
pub use token::{AccessToken, TokenRequest};
