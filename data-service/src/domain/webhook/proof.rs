//! Whose a request is: Standard Webhooks, or a hex signature for senders that do not know it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::Mac;
use sha2::{Digest, Sha256};

use super::SigningSecret;
use super::secret::Signature;

/// How far the sender's clock may be from ours, in seconds, as Standard Webhooks recommends.
const TOLERANCE: u64 = 300;

/// Longest `webhook-id`, in bytes.
const LONGEST_ID: usize = 255;

/// The only version of signatures with a shared secret.
const VERSION: &str = "v1,";

/// Headers of a request as they came.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims<'r> {
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    pub id: Option<&'r str>,
    pub timestamp: Option<&'r str>,
    pub signature: Option<&'r str>,
    /// `X-Timestamp`, `X-Signature`.
    pub plain_timestamp: Option<&'r str>,
    pub plain_signature: Option<&'r str>,
}

/// Why a request is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    #[error("the header `{0}` cannot be read")]
    Malformed(&'static str),
    #[error("the timestamp is more than 300 seconds from now")]
    Untimely,
    #[error("no signature was made with the secret of this endpoint")]
    Forged,
}

/// What a request offers to show whose it is. Nothing of it is believed before [`Proof::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// As it came: it is part of what was signed.
    timestamp: String,
    sent_at: i64,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Standard { id: String, signatures: Vec<Vec<u8>> },
    Plain { signature: Vec<u8> },
}

impl Proof {
    /// Reads the headers; where both forms are there, Standard Webhooks counts.
    ///
    /// # Errors
    /// The first header that is missing or cannot be read.
    pub fn read(claims: &Claims<'_>) -> Result<Self, Distrust> {
        match (claims.signature, claims.plain_signature) {
            (None, Some(signature)) => {
                let timestamp = claims.plain_timestamp.ok_or(Distrust::Missing("X-Timestamp"))?;
                let signature = hex(signature).ok_or(Distrust::Malformed("X-Signature"))?;
                Self::of(timestamp, "X-Timestamp", Form::Plain { signature })
            }
            (None, None) => Err(Distrust::Missing("webhook-signature")),
            (Some(signatures), _) => {
                let id = claims.id.ok_or(Distrust::Missing("webhook-id"))?;
                if id.is_empty() || id.len() > LONGEST_ID {
                    return Err(Distrust::Malformed("webhook-id"));
                }
                let timestamp = claims.timestamp.ok_or(Distrust::Missing("webhook-timestamp"))?;
                // Those of other versions are for other receivers.
                let signatures: Vec<_> = signatures
                    .split_ascii_whitespace()
                    .filter_map(|signature| STANDARD.decode(signature.strip_prefix(VERSION)?).ok())
                    .collect();
                if signatures.is_empty() {
                    return Err(Distrust::Malformed("webhook-signature"));
                }
                let form = Form::Standard { id: id.to_owned(), signatures };
                Self::of(timestamp, "webhook-timestamp", form)
            }
        }
    }

    fn of(timestamp: &str, header: &'static str, form: Form) -> Result<Self, Distrust> {
        let sent_at = timestamp.parse().map_err(|_| Distrust::Malformed(header))?;
        Ok(Self { timestamp: timestamp.to_owned(), sent_at, form })
    }

    /// Whether the request was sent about `now` and signed with one of the secrets.
    ///
    /// # Errors
    /// [`Distrust::Untimely`] or [`Distrust::Forged`].
    pub fn check(
        &self,
        secrets: &[SigningSecret],
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), Distrust> {
        if self.sent_at.abs_diff(now.timestamp()) > TOLERANCE {
            return Err(Distrust::Untimely);
        }
        if secrets.iter().any(|secret| self.signed_with(secret, body)) {
            Ok(())
        } else {
            Err(Distrust::Forged)
        }
    }

    /// Compares whole signatures, in the time that equal ones take.
    fn signed_with(&self, secret: &SigningSecret, body: &[u8]) -> bool {
        match &self.form {
            Form::Standard { id, signatures } => {
                let over = [id.as_bytes(), b".", self.timestamp.as_bytes(), b".", body];
                let expected = over_all(secret.standard(), &over);
                signatures.iter().any(|given| expected.clone().verify_slice(given).is_ok())
            }
            Form::Plain { signature } => {
                let over = [self.timestamp.as_bytes(), b".", body];
                over_all(secret.plain(), &over).verify_slice(signature).is_ok()
            }
        }
    }

    /// What the sender calls the delivery; where it has no name, one that follows from what was signed, so that the
    /// same request sent again has the same.
    #[must_use]
    pub fn webhook_id(&self, body: &[u8]) -> String {
        match &self.form {
            Form::Standard { id, .. } => id.clone(),
            Form::Plain { .. } => {
                let mut digest = Sha256::new();
                digest.update(self.timestamp.as_bytes());
                digest.update(b".");
                digest.update(body);
                let hex: String =
                    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                format!("sha256:{hex}")
            }
        }
    }
}

fn over_all(mut signature: Signature, parts: &[&[u8]]) -> Signature {
    for part in parts {
        signature.update(part);
    }
    signature
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests;
