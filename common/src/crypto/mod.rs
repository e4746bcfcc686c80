//! Secrets at rest and unguessable tokens.
//!
//! [`Keyring::seal`] turns a text into a [`Sealed`] value for a JSON column, bound to its
//! [`Place`]; [`Token`] is a random credential of which only the digest is stored.

mod keyring;
mod place;
mod sealed;
mod token;

pub use keyring::{Keyring, KeyringError};
pub use place::Place;
pub use sealed::{OpenError, SealError, Sealed};
pub use token::{Token, digest};
