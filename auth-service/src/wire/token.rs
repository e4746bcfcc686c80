//! Access tokens, and the refresh tokens of clients without a cookie.

use poem_openapi::Object;
use uuid::Uuid;

use crate::app::{IssuedToken, Refreshed};

/// Which tenant the token is for.
#[derive(Debug, Default, Object)]
#[oai(deny_unknown_fields)]
pub struct TokenRequest {
    /// May be left out by someone who belongs to one tenant.
    pub tenant_id: Option<Uuid>,
    /// Begins a session of its own for a client without a cookie, such as a command line, which
    /// goes on by refresh tokens.
    #[oai(default)]
    pub offline_access: bool,
    /// What the person calls that client, for their list of sessions.
    #[oai(validator(min_length = 1, max_length = 100))]
    pub client_name: Option<String>,
}

/// A refresh token to be traded in.
#[derive(Debug, Object)]
#[oai(deny_unknown_fields)]
pub struct RefreshRequest {
    #[oai(validator(min_length = 1, max_length = 200))]
    pub refresh_token: String,
    /// May be left out by someone who belongs to one tenant.
    pub tenant_id: Option<Uuid>,
}

/// A token for one tenant, to be sent as `Authorization: Bearer`.
#[derive(Debug, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct AccessToken {
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: i64,
    pub tenant_id: Uuid,
    /// Good once; its answer brings the next one.
    pub refresh_token: Option<String>,
    /// Seconds until the refresh token ends when nobody uses it.
    pub refresh_expires_in: Option<i64>,
}

impl From<IssuedToken> for AccessToken {
    fn from(issued: IssuedToken) -> Self {
        Self {
            access_token: issued.token,
            token_type: "Bearer".to_owned(),
            expires_in: issued.expires_in_seconds,
            tenant_id: issued.tenant_id.uuid(),
            refresh_token: None,
            refresh_expires_in: None,
        }
    }
}

impl From<Refreshed> for AccessToken {
    fn from(refreshed: Refreshed) -> Self {
        Self {
            refresh_token: Some(refreshed.refresh_token.expose().to_owned()),
            refresh_expires_in: Some(refreshed.expires_in_seconds),
            ..refreshed.access.into()
        }
    }
}
