//! `[net]`: outgoing connections.

use serde::{Deserialize, Serialize};

use super::{AddressRange, ConfigError};

/// Time-outs and the exceptions to the egress guard.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NetSettings {
    /// Private addresses that may be reached all the same: CIDR ranges, addresses or host names.
    pub allow_private: Vec<String>,
    /// Limit for a connection to stand, in milliseconds.
    pub connect_timeout_ms: u64,
    /// Limit for a whole exchange, in milliseconds.
    pub total_timeout_ms: u64,
    /// Failures of an outside system that open its circuit: it is not called for a while.
    pub circuit_failures: usize,
    /// Time within which they count together, in milliseconds.
    pub circuit_window_ms: u64,
    /// How long the circuit stays open before one call is tried, in milliseconds.
    pub circuit_open_ms: u64,
}

impl Default for NetSettings {
    fn default() -> Self {
        Self {
            allow_private: Vec::new(),
            connect_timeout_ms: 5_000,
            total_timeout_ms: 30_000,
            circuit_failures: 5,
            circuit_window_ms: 30_000,
            circuit_open_ms: 10_000,
        }
    }
}

impl NetSettings {
    /// Each exception is a range, an address or a host name.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for exception in &self.allow_private {
            let host = !exception.is_empty()
                && exception
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
            if exception.parse::<AddressRange>().is_err() && !host {
                let reason = format!("`{exception}` is not a range, an address or a host name");
                return Err(ConfigError::invalid("net.allow_private", reason));
            }
        }
        if self.circuit_failures == 0 {
            return Err(ConfigError::invalid("net.circuit_failures", "must be greater than 0"));
        }
        Ok(())
    }
}
