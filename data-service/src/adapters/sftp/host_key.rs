//! The server's identity.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// SHA-256 of a host's public key, written as OpenSSH does: `SHA256:` and unpadded base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Text that is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host key fingerprint is SHA256: and 43 characters of base64")]
pub struct MalformedFingerprint;

impl Fingerprint {
    pub(super) fn from_hash(hash: &[u8]) -> Option<Self> {
        hash.try_into().ok().map(Self)
    }
}

impl FromStr for Fingerprint {
    type Err = MalformedFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text.trim().strip_prefix("SHA256:").ok_or(MalformedFingerprint)?;
        STANDARD_NO_PAD
            .decode(encoded)
            .or_else(|_| STANDARD.decode(encoded))
            .ok()
            .and_then(|hash| Self::from_hash(&hash))
            .ok_or(MalformedFingerprint)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SHA256:{}", STANDARD_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which servers are the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeys {
    /// Any of these; none at all means no server is.
    Pinned(Vec<Fingerprint>),
    /// Whatever answers. Only by a tenant admin's explicit, audited choice.
    TrustAny,
}

impl HostKeys {
    pub(super) fn accept(&self, offered: Fingerprint) -> bool {
        match self {
            Self::Pinned(pinned) => pinned.contains(&offered),
            Self::TrustAny => true,
        }
    }

    pub(super) fn pinned(&self) -> Vec<Fingerprint> {
        match self {
            Self::Pinned(pinned) => pinned.clone(),
            Self::TrustAny => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "SHA256:uNiVztksCsDhcc0u9e8BrrrajGUTlk3LPVb5OUsDQXo";

    #[test]
    fn fingerprint_is_written_as_openssh_does() {
        let fingerprint: Fingerprint = TEXT.parse().unwrap();
        assert_eq!(fingerprint.to_string(), TEXT);
        assert_eq!(format!("{TEXT}=").parse(), Ok(fingerprint));
    }

    #[test]
    fn other_text_is_no_fingerprint() {
        for bad in ["", "SHA256:", "MD5:00:11", &TEXT[..40], &TEXT.replace("SHA256:", "")] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(MalformedFingerprint), "{bad}");
        }
    }

    #[test]
    fn no_pin_accepts_nobody() {
        let offered = TEXT.parse().unwrap();
        assert!(!HostKeys::Pinned(vec![]).accept(offered));
        assert!(HostKeys::Pinned(vec![offered]).accept(offered));
        assert!(HostKeys::TrustAny.accept(offered));
    }
}
