//! Configuration of one process: built-in defaults, then a TOML file, then environment variables
//! `FOOTFALL_<SECTION>__<KEY>`. Unknown keys are refused, and a secret may be given as `<key>_file`.
//!
//! A service's own `Config` composes the shared sections below with its own, each with
//! `#[serde(default, deny_unknown_fields)]`.

mod address_range;
mod crypto;
mod database;
mod environment;
mod error;
mod http;
mod load;
mod net;
mod sample;
mod secret_file;
mod telemetry;

pub use address_range::{AddressRange, InvalidRange};
pub use crypto::CryptoSettings;
pub use database::DatabaseSettings;
pub use error::ConfigError;
pub use http::HttpSettings;
pub use load::{load, load_from};
pub use net::NetSettings;
pub use sample::sample;
pub use telemetry::{LogFormat, TelemetrySettings};

/// The sections every service has; the shared main needs them before the service's own.
pub trait ServiceConfig {
    /// Logs and metrics.
    fn telemetry(&self) -> &TelemetrySettings;
    /// The one database.
    fn database(&self) -> &DatabaseSettings;
    /// Checks that types cannot express, such as two keys that exclude each other.
    fn validate(&self) -> Result<(), ConfigError> {
        Ok(())
    }
}
