//! What an access token says.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::kernel::{PersonId, SessionId, TenantId};

/// `iss` of every access token.
pub const ISSUER: &str = "footfall";

/// `aud` of every access token: one token serves all three services.
pub const AUDIENCE: &str = "footfall";

/// `typ` of an access token (RFC 9068), so that no other kind of token passes for one.
pub const TOKEN_TYPE: &str = "at+jwt";

/// How long an access token is valid.
pub const TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// Proves person, tenant and session until it expires. The role is not in it: roles change
/// faster than tokens expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: PersonId,
    pub tid: TenantId,
    pub sid: SessionId,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Seconds since the epoch.
    pub exp: i64,
}
