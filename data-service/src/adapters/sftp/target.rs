//! Where to connect and as whom.

use std::net::SocketAddr;
use std::time::Duration;

use common::kernel::Secret;

use super::HostKeys;

/// A server and an account on it.
#[derive(Debug, Clone)]
pub struct SftpTarget {
    /// For messages; never resolved here.
    pub host: String,
    /// Tried in this order.
    pub addresses: Vec<SocketAddr>,
    pub username: String,
    /// Tried in this order until one is accepted.
    pub auth: Vec<SftpAuth>,
    pub host_keys: HostKeys,
    pub limits: TimeLimits,
}

/// How the account is proved.
#[derive(Debug, Clone)]
pub enum SftpAuth {
    Password(Secret),
    /// A private key in PEM or OpenSSH form: Ed25519, ECDSA or RSA.
    PrivateKey {
        key: Secret,
        passphrase: Option<Secret>,
    },
}

/// How long the other side may keep us waiting.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimits {
    /// Per address.
    pub connect: Duration,
    /// For each exchange with the server: handshake, authentication, one read.
    pub exchange: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), exchange: Duration::from_secs(30) }
    }
}
