//! Access tokens.

use poem_openapi::Object;
use uuid::Uuid;

use crate::app::IssuedToken;

/// Which tenant the token is for.
#[derive(Debug, Default, Object)]
#[oai(deny_unknown_fields)]
pub struct TokenRequest {
    /// May be left out by someone who belongs to one tenant.
    pub tenant_id: Option<Uuid>,
}

/// A token for one tenant, to be sent as `Authorization: Bearer`.
#[derive(Debug, Object)]
pub struct AccessToken {
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds.
    pub expires_in: i64,
    pub tenant_id: Uuid,
}

impl From<IssuedToken> for AccessToken {
    fn from(issued: IssuedToken) -> Self {
        Self {
            access_token: issued.token,
            token_type: "Bearer".to_owned(),
            expires_in: issued.expires_in_seconds,
            tenant_id: issued.tenant_id.uuid(),
        }
    }
}
