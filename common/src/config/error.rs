//! Why a configuration cannot be used. Names keys and sources, never a secret's value.

use std::path::PathBuf;

/// The configuration is unusable.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key nothing reads, usually a typing error.
    #[error("unknown key `{key}` in {source_name}; known here: {known}")]
    UnknownKey {
        /// Dotted key, or the environment variable.
        key: String,
        /// The file or the environment.
        source_name: String,
        /// What would have been accepted at this place.
        known: String,
    },
    /// A value that cannot be read or is not acceptable.
    #[error("`{key}` in {source_name}: {reason}")]
    Invalid {
        /// Dotted key.
        key: String,
        /// The file, the environment or the defaults.
        source_name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The configuration file cannot be read.
    #[error("cannot read configuration file {}", .path.display())]
    File {
        /// The file named on the command line.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A `<key>_file` cannot be read.
    #[error("`{key}`: cannot read {}", .path.display())]
    SecretFile {
        /// Dotted key that names the file.
        key: String,
        /// The named file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl ConfigError {
    /// For [`super::ServiceConfig::validate`]: a readable value that is not acceptable.
    pub fn invalid(key: impl Into<String>, reason: impl Into<String>) -> Self {
        ConfigError::Invalid {
            key: key.into(),
            source_name: "the configuration".to_owned(),
            reason: reason.into(),
        }
    }
}
