//! A Google service-account key file, as far as its safety depends on it.

use common::config::NetSettings;
use common::kernel::Secret;
use common::tenant_config::permitted_google_endpoint;
use serde::Deserialize;

use crate::domain::issue::Issue;

const POINTER: &str = "/connections/bigquery/service_account_key";

/// The fields that are needed to ask for an access token.
#[derive(Deserialize)]
pub struct KeyFile {
    client_email: String,
    private_key: String,
    token_uri: String,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile").field("client_email", &self.client_email).finish_non_exhaustive()
    }
}

impl KeyFile {
    /// Judges a key file before it is sealed.
    ///
    /// # Errors
    /// When it is no key file, or would send its assertions to a stranger.
    pub fn check(text: &Secret, net: &NetSettings) -> Result<(), Issue> {
        let file: Self = serde_json::from_str(text.expose()).map_err(|_| {
            // The parser's own words could quote the file.
            let detail = "is not the JSON key file of a service account";
            Issue::new(POINTER, "key_file", detail)
        })?;
        if !file.client_email.contains('@') || !file.private_key.contains("PRIVATE KEY") {
            let detail = "has no usable client_email or private_key";
            return Err(Issue::new(POINTER, "key_file", detail));
        }
        if !permitted_google_endpoint(&file.token_uri, net) {
            let detail = "its token_uri is neither Google's nor one the operator allows";
            return Err(Issue::new(POINTER, "blocked_address", detail));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_uri_must_be_googles() {
        for (token_uri, code) in [
            ("https://oauth2.googleapis.com/token", None),
            ("https://evil.example/token", Some("blocked_address")),
        ] {
            let text = json!({
                "client_email": "reader@project.iam.gserviceaccount.com",
                "private_key": "-----BEGIN PRIVATE KEY-----\n",
                "token_uri": token_uri,
            });
            let checked = KeyFile::check(&Secret::new(text.to_string()), &NetSettings::default());
            assert_eq!(checked.err().map(|issue| issue.code), code, "{token_uri}");
        }
        let checked = KeyFile::check(&Secret::new("canary"), &NetSettings::default());
        assert!(!checked.unwrap_err().detail.contains("canary"));
    }
}
