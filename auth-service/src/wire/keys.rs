//! The published key set, RFC 7517.

use poem_openapi::Object;
use serde::Deserialize;

/// The keys that access tokens are verified with.
#[derive(Debug, Object)]
#[oai(rename = "JsonWebKeySet")]
pub struct PublicKeys {
    pub keys: Vec<PublicKey>,
}

/// A public key on the curve P-256.
#[derive(Debug, Object, Deserialize)]
#[oai(rename = "JsonWebKey")]
pub struct PublicKey {
    pub kty: String,
    pub crv: String,
    pub x: String,
    pub y: String,
    pub kid: String,
    pub alg: String,
    #[serde(rename = "use")]
    #[oai(rename = "use")]
    pub purpose: String,
}
