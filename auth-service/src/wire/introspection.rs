//! RFC 7662 on the wire.

use common::auth::{AUDIENCE, ISSUER, Principal};
use poem_openapi::Object;
use serde::Deserialize;
use uuid::Uuid;

use super::me::MemberRole;
use crate::app::{Introspected, TokenKind};

/// A token to be judged.
#[derive(Debug, Object, Deserialize)]
pub struct IntrospectionRequest {
    pub token: String,
    /// Ignored: every kind is looked for.
    pub token_type_hint: Option<String>,
}

/// `{"active":false}` and nothing else for anything that lets nobody in.
#[derive(Debug, Default, Object)]
#[oai(skip_serializing_if_is_none)]
pub struct Introspection {
    pub active: bool,
    /// `access_token`, `refresh_token` or `api_key`.
    pub token_type: Option<String>,
    /// Scopes of an API key, with blanks between them.
    pub scope: Option<String>,
    /// `person:<id>` or `api_key:<id>`.
    pub sub: Option<String>,
    /// Address of the person, when the provider told it.
    pub username: Option<String>,
    /// Session of the person.
    pub sid: Option<Uuid>,
    pub tenant_id: Option<Uuid>,
    pub role: Option<MemberRole>,
    pub iss: Option<String>,
    pub aud: Option<String>,
    /// Seconds since the epoch.
    pub iat: Option<i64>,
    /// Seconds since the epoch.
    pub exp: Option<i64>,
}

impl From<Option<Introspected>> for Introspection {
    fn from(found: Option<Introspected>) -> Self {
        let Some(token) = found else { return Self::default() };
        let token_type = match token.kind {
            TokenKind::Access => "access_token",
            TokenKind::Refresh => "refresh_token",
            TokenKind::ApiKey => "api_key",
        };
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
        let sub = token.principal.actor();
        let (username, sid) = match token.principal {
            Principal::Person { session_id, email, .. } => (email, Some(session_id.uuid())),
            Principal::ApiKey { .. } => (None, None),
        };
        Self {
            active: true,
            token_type: Some(token_type.to_owned()),
            scope: (!scopes.is_empty()).then(|| scopes.join(" ")),
            sub: Some(sub),
            username,
            sid,
            tenant_id: Some(token.tenant_id.uuid()),
            role: Some(token.role.into()),
            iss: Some(ISSUER.to_owned()),
            aud: Some(AUDIENCE.to_owned()),
            iat: Some(token.issued_at.timestamp()),
            exp: token.expires_at.map(|end| end.timestamp()),
        }
    }
}
