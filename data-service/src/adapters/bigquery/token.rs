//! Access tokens of a service account.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use common::kernel::Secret;
use gcp_bigquery_client::yup_oauth2::authenticator::DefaultAuthenticator;
use gcp_bigquery_client::yup_oauth2::error::AuthErrorCode;
use gcp_bigquery_client::yup_oauth2::{
    Error as OauthError, ServiceAccountAuthenticator, ServiceAccountKey,
};

use super::error::WarehouseError;
use super::settings::BigQuerySettings;

/// Listing rows and metadata needs no more.
const READ: &[&str] = &["https://www.googleapis.com/auth/bigquery.readonly"];

/// Jobs are not begun with less, queries neither.
const JOBS: &[&str] = &["https://www.googleapis.com/auth/bigquery"];

#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// A valid token; `fresh` when the one before was refused.
    async fn token(&self, fresh: bool) -> Result<Secret, WarehouseError>;
}

/// Signs assertions with the key of a service account and keeps the token until it expires.
pub struct ServiceAccountTokens {
    authenticator: DefaultAuthenticator,
    timeout: Duration,
    scopes: &'static [&'static str],
}

impl fmt::Debug for ServiceAccountTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountTokens").finish_non_exhaustive()
    }
}

impl ServiceAccountTokens {
    /// The same account, allowed to run queries.
    #[must_use]
    pub fn for_jobs(self) -> Self {
        Self { scopes: JOBS, ..self }
    }

    /// Reads a key file. Its `token_uri` must be Google's or one the configuration allows: the file comes from a tenant, and
    /// would else make this process send requests wherever it says.
    pub async fn new(
        key_file: &Secret,
        settings: &BigQuerySettings,
    ) -> Result<Self, WarehouseError> {
        let sentence = "The service account's key file cannot be used.";
        // The parser's own words may quote the file.
        let key: ServiceAccountKey = serde_json::from_str(key_file.expose()).map_err(|_| {
            WarehouseError::configuration(
                "invalidKey",
                sentence,
                "the key file is no service account key",
            )
        })?;
        if !settings.allows_token_uri(&key.token_uri) {
            let detail = format!("token_uri {} is not allowed", key.token_uri);
            return Err(WarehouseError::configuration("tokenUriNotAllowed", sentence, detail));
        }
        let timeout = Duration::from_millis(settings.read_timeout_ms);
        let authenticator =
            ServiceAccountAuthenticator::builder(key).with_timeout(timeout).build().await.map_err(
                |error| {
                    WarehouseError::configuration(
                        "invalidKey",
                        sentence,
                        format!("service account key: {error}"),
                    )
                },
            )?;
        Ok(Self { authenticator, timeout, scopes: READ })
    }
}

#[async_trait]
impl TokenSource for ServiceAccountTokens {
    async fn token(&self, fresh: bool) -> Result<Secret, WarehouseError> {
        let fetched = async {
            if fresh {
                self.authenticator.force_refreshed_token(self.scopes).await
            } else {
                self.authenticator.token(self.scopes).await
            }
        };
        // The library's own time-out ends with the head of the answer.
        let token = tokio::time::timeout(self.timeout, fetched)
            .await
            .map_err(|_| {
                WarehouseError::connection("timeout", "the token endpoint did not answer in time")
            })?
            .map_err(refused)?;
        match token.token() {
            Some(text) => Ok(Secret::new(text)),
            None => Err(WarehouseError::connection(
                "authError",
                "the token endpoint answered without a token",
            )),
        }
    }
}

fn refused(error: OauthError) -> WarehouseError {
    let detail = format!("token endpoint: {error}");
    let of_the_key = match &error {
        OauthError::AuthError(answer) => refuses_the_key(&answer.error),
        OauthError::UserError(_) => true,
        _ => false,
    };
    if of_the_key {
        let sentence = "Google does not accept the service account's key.";
        return WarehouseError::configuration("authError", sentence, detail);
    }
    WarehouseError::connection("connection", detail)
}

/// Other codes tell of the endpoint's own trouble, or of what nobody at the tenant can change.
const fn refuses_the_key(code: &AuthErrorCode) -> bool {
    matches!(
        code,
        AuthErrorCode::InvalidGrant
            | AuthErrorCode::InvalidClient
            | AuthErrorCode::UnauthorizedClient
            | AuthErrorCode::AccessDenied
    )
}

#[cfg(test)]
mod tests {
    use gcp_bigquery_client::yup_oauth2::error::AuthError;

    use super::super::error::ErrorClass;
    use super::*;

    #[test]
    fn only_what_refuses_the_key_is_a_matter_of_configuration() {
        let class = |code: &str| {
            let answer = AuthError { error: code.into(), error_description: None, error_uri: None };
            refused(OauthError::AuthError(answer)).class
        };
        for code in ["invalid_grant", "invalid_client", "unauthorized_client", "access_denied"] {
            assert_eq!(class(code), ErrorClass::Configuration, "{code}");
        }
        for code in ["server_error", "internal_failure", "temporarily_unavailable", "slow_down", ""]
        {
            assert_eq!(class(code), ErrorClass::Transient, "{code}");
        }
    }
}
