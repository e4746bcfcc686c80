//! Where to connect and as whom.

use std::net::SocketAddr;
use std::time::Duration;

use common::kernel::Secret;
use common::net::Breaker;
use common::tenant_config::SftpConnection;

use super::{Fingerprint, HostKeys, MalformedFingerprint};

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
    /// Keeps a server that is broken from being called; none for whoever wants to know whether it still is.
    pub circuit: Option<Breaker>,
}

/// A stored connection that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error(transparent)]
    Fingerprint(#[from] MalformedFingerprint),
    #[error("the SFTP connection has neither a key nor a password")]
    NoSecret,
}

impl SftpTarget {
    /// A tenant's server, at `addresses` that the egress guard let pass. The private key is tried before the password.
    ///
    /// # Errors
    /// When a pinned fingerprint is none, or there is nothing to log in with.
    pub fn new(
        connection: &SftpConnection,
        addresses: Vec<SocketAddr>,
    ) -> Result<Self, TargetError> {
        let settings = &connection.settings;
        let pinned = settings
            .host_key_fingerprints
            .iter()
            .map(|text| text.parse::<Fingerprint>())
            .collect::<Result<Vec<_>, _>>()?;
        // A pin is never given up for the flag.
        let trust_any = settings.trust_any_host_key && pinned.is_empty();
        let key = connection
            .private_key
            .clone()
            .map(|key| SftpAuth::PrivateKey { key, passphrase: connection.passphrase.clone() });
        let auth: Vec<SftpAuth> =
            key.into_iter().chain(connection.password.clone().map(SftpAuth::Password)).collect();
        if auth.is_empty() {
            return Err(TargetError::NoSecret);
        }
        Ok(Self {
            host: settings.host.clone(),
            addresses,
            username: settings.user.clone(),
            auth,
            host_keys: if trust_any { HostKeys::TrustAny } else { HostKeys::Pinned(pinned) },
            limits: TimeLimits::default(),
            circuit: None,
        })
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn any_server_is_trusted_only_by_the_flag_and_never_beside_a_pin() {
        let pin = "SHA256:uNiVztksCsDhcc0u9e8BrrrajGUTlk3LPVb5OUsDQXo";
        let host_keys = |trust: bool, pins: &[&str]| {
            let settings = json!({
                "host": "h", "user": "u", "trust_any_host_key": trust,
                "host_key_fingerprints": pins,
            });
            let connection = SftpConnection {
                settings: serde_json::from_value(settings).unwrap(),
                password: Some(Secret::new("p")),
                private_key: None,
                passphrase: None,
            };
            SftpTarget::new(&connection, vec![]).map(|target| target.host_keys)
        };
        assert_eq!(host_keys(false, &[]), Ok(HostKeys::Pinned(vec![])));
        assert_eq!(host_keys(true, &[]), Ok(HostKeys::TrustAny));
        assert_eq!(host_keys(true, &[pin]), Ok(HostKeys::Pinned(vec![pin.parse().unwrap()])));
        assert!(matches!(host_keys(true, &["MD5:00"]), Err(TargetError::Fingerprint(_))));
    }
}
