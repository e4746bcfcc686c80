//! A text that stands in every secret tests make up, so that one search finds whatever shows a secret.
//!
//! `cargo xtask test` keeps the logs of its run (see [`logs`]), searches them and the server log of Postgres for every
//! form of it, and fails on a hit.

mod forms;
pub mod logs;

pub use forms::{FORMS, MARKER};

/// A key-encryption key.
pub const SEALING_KEY: [u8; 32] = *b"canary-2f6a1c0e8b11-sealing-key-";

/// A made-up secret: the marker, and what tells it from other ones.
#[must_use]
pub fn secret(of: impl std::fmt::Display) -> String {
    format!("{MARKER}-{of}")
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;

    use super::*;

    fn shown(text: &str) -> bool {
        FORMS.iter().any(|form| text.contains(form))
    }

    #[test]
    fn a_secret_is_recognised_in_every_form() {
        let secret = secret("of a test");
        for shift in 0..3 {
            let text = format!("{}{secret}", "x".repeat(shift));
            let encoded = STANDARD_NO_PAD.encode(&text);
            assert!(shown(&encoded), "{encoded}");
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let json = serde_json::to_string(secret.as_bytes()).unwrap();
        for text in [format!("password={secret}"), hex, format!("{:?}", secret.as_bytes()), json] {
            assert!(shown(&text), "{text}");
        }
        assert!(shown("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"));
        assert!(!shown("a line without one"));
    }
}
