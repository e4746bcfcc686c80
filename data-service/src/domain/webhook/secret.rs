//! What sender and receiver share, in the form of Standard Webhooks: `whsec_` and base64.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::kernel::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// Within the 24 to 64 bytes that Standard Webhooks asks for.
pub const SECRET_BYTES: usize = 32;

pub(super) type Signature = Hmac<Sha256>;

/// Text that is no secret of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of the form whsec_<base64>")]
pub struct NotASecret;

/// A shared secret, readable as text and as the key it stands for.
#[derive(Clone)]
pub struct SigningSecret {
    text: Secret,
    key: Vec<u8>,
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl SigningSecret {
    /// Of these bytes, which nobody can guess.
    #[must_use]
    pub fn of_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        let text = Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes)));
        Self { text, key: bytes.to_vec() }
    }

    /// # Errors
    /// When the text has another form.
    pub fn of_text(text: Secret) -> Result<Self, NotASecret> {
        let encoded = text.expose().strip_prefix(PREFIX).ok_or(NotASecret)?;
        let key = STANDARD.decode(encoded).map_err(|_| NotASecret)?;
        Ok(Self { text, key })
    }

    /// As it is shown and typed into the shop.
    #[must_use]
    pub const fn text(&self) -> &Secret {
        &self.text
    }

    /// Keyed with the bytes, as Standard Webhooks signs.
    pub(super) fn standard(&self) -> Signature {
        keyed(&self.key)
    }

    /// Keyed with the text as it stands, as `openssl dgst -hmac` signs.
    pub(super) fn plain(&self) -> Signature {
        keyed(self.text.expose().as_bytes())
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn keyed(key: &[u8]) -> Signature {
    Signature::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_back_and_does_not_print() {
        let secret = SigningSecret::of_bytes([7; SECRET_BYTES]);
        let text = secret.text().expose().to_owned();
        assert_eq!(text, "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=");
        assert_eq!(SigningSecret::of_text(Secret::new(&*text)).unwrap().key, secret.key);
        assert_eq!(format!("{secret:?}"), "***");
        for other in ["", "whsec_?", "BwcH", "whsk_BwcH"] {
            assert_eq!(SigningSecret::of_text(Secret::new(other)).unwrap_err(), NotASecret);
        }
    }
}
