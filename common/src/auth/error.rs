//! Why a request is not let in.

use poem::http::StatusCode;

use super::{Role, Scope, TENANT_HEADER};
use crate::http::{ApiError, TooMany};

/// A refused request. Texts tell the client what to do, never what exists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    #[error("send a bearer token or the session cookie")]
    Missing,
    #[error("the token is not valid")]
    InvalidToken,
    #[error("the session has ended; log in again")]
    SessionEnded,
    #[error("send a bearer token or the session cookie, not both")]
    TwoCredentials,
    #[error("X-Tenant-Id is not a tenant id")]
    MalformedTenant,
    #[error("you belong to several tenants; name one in X-Tenant-Id")]
    TenantRequired,
    /// The same answer as for a tenant that does not exist.
    #[error("there is no such resource")]
    NotYours,
    #[error("this needs the role {needed}")]
    RoleTooLow { needed: Role },
    /// None stands for routes that take no key at all.
    #[error("{}", needed_scope(*.needed))]
    ScopeMissing { needed: Option<Scope> },
    #[error("your membership is limited to branches; this shows more than one branch's data")]
    LimitedToBranches,
    #[error("this needs a person who is logged in")]
    PersonRequired,
    #[error("access is suspended")]
    Suspended,
    #[error("a change with the session cookie must come from our own pages")]
    CrossOrigin,
    /// The route stands in no rule.
    #[error("nobody may call this")]
    NoRule,
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// Neither proved nor disproved: what would tell is away.
    #[error("the credential cannot be checked for now; try again")]
    Unavailable,
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        let detail = error.to_string();
        match error {
            AuthError::Missing => Self::unauthorized(None, detail),
            AuthError::InvalidToken | AuthError::SessionEnded => {
                Self::unauthorized(Some("invalid_token"), detail)
            }
            AuthError::TwoCredentials => Self::bad_request("two_credentials", detail),
            AuthError::MalformedTenant => {
                Self::bad_parameter(TENANT_HEADER, "malformed", "not a tenant id")
            }
            AuthError::TenantRequired => Self::bad_parameter(TENANT_HEADER, "required", detail),
            AuthError::NotYours => Self::not_found(),
            AuthError::NoRule => Self::forbidden(detail),
            AuthError::RoleTooLow { .. } => refused("role_too_low", detail),
            AuthError::ScopeMissing { .. } => refused("scope_missing", detail),
            AuthError::LimitedToBranches => refused("limited_to_branches", detail),
            AuthError::PersonRequired => refused("person_required", detail),
            AuthError::Suspended => refused("suspended", detail),
            AuthError::CrossOrigin => refused("cross_origin", detail),
            AuthError::TooMany(error) => error.into(),
            AuthError::Unavailable => Self::unavailable("credential_check_unavailable", 2, detail),
        }
    }
}

fn refused(code: &'static str, detail: String) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, detail)
}

fn needed_scope(needed: Option<Scope>) -> String {
    match needed {
        Some(scope) => format!("this needs an API key with the scope {scope}"),
        None => "API keys may not call this".to_owned(),
    }
}
