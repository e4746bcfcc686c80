//! Why a use case could not be carried out, and how that is answered.

use common::auth::AuthError;
use common::crypto::{OpenError, SealError};
use common::db::DbError;
use common::http::{ApiError, FieldError};
use common::tenant_config::TenantConfigError;
use poem::http::StatusCode;

use crate::adapters::provider::ProviderError;
use crate::adapters::services::AskError;
use crate::domain::issue::Issue;
use crate::domain::membership::Refusal;

/// A failed use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no login that this answers; start again")]
    UnknownLogin,
    #[error("the provider refused the login: {0}")]
    LoginRefused(String),
    #[error("the answer names another issuer")]
    OtherIssuer,
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error("the token is not valid")]
    InvalidToken,
    #[error("there is no such resource")]
    NotFound,
    #[error("a tenant keeps at least one owner")]
    LastOwner,
    #[error("only an owner makes, changes or removes owners")]
    OwnersOnly,
    #[error("this invitation is not good any more; ask for another one")]
    InvitationUnusable,
    #[error("the invitation was accepted; remove the member instead")]
    InvitationAccepted,
    #[error("you are a member of this tenant already")]
    AlreadyMember,
    #[error("this key lets nobody in any more, or has a successor")]
    KeyEnded,
    #[error("the tenant is deleted, or being deleted")]
    TenantGone,
    #[error("a value is not acceptable")]
    Unacceptable(Vec<Issue>),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error("there is no such tenant among yours")]
    NotYours,
    #[error("name the tenant")]
    TenantRequired,
    #[error("access is suspended")]
    Suspended,
    #[error("the configuration was changed since you read it")]
    Stale { current: i64 },
    #[error("the configuration is not acceptable")]
    Invalid(Vec<Issue>),
    #[error("the connection is not acceptable")]
    InvalidConnection(Vec<Issue>),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error("this slug is reserved")]
    ReservedSlug,
    #[error("no signing key is active")]
    NoSigningKey,
    #[error("the token cannot be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    #[error("the signing key cannot be made")]
    KeyGeneration,
    #[error("no randomness")]
    Randomness,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Configuration(#[from] TenantConfigError),
    #[error("a stored value is not of a known form")]
    Stored(#[from] serde_json::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Db(error.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::LastOwner => Self::LastOwner,
            Refusal::OwnersOnly => Self::OwnersOnly,
            Refusal::Unacceptable(issue) => Self::Unacceptable(vec![issue]),
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::UnknownLogin => Self::bad_parameter("state", "unknown_login", detail),
            Error::LoginRefused(_) => Self::bad_request("login_refused", detail),
            Error::OtherIssuer => Self::bad_parameter("iss", "other_issuer", detail),
            Error::Provider(ProviderError::Away(cause)) => Self::unavailable(
                "provider_unavailable",
                5,
                "the identity provider does not answer; try again",
            )
            .caused_by(cause),
            Error::Provider(ProviderError::CircuitOpen(open)) => Self::unavailable(
                "provider_unavailable",
                5,
                "the identity provider failed repeatedly and is not called for a moment",
            )
            .caused_by(open),
            Error::Provider(refused) => Self::bad_request(
                "login_refused",
                "the provider's answer does not prove who you are",
            )
            .caused_by(refused),
            Error::NotYours => Self::not_found(),
            Error::TenantRequired => Self::invalid_field("/tenant_id", "required", detail),
            Error::Suspended => Self::forbidden(detail),
            Error::Stale { .. } => Self::precondition_failed(detail),
            Error::Ask(cause) => Self::unavailable(
                "service_unavailable",
                5,
                "the service that tries this connection does not answer; try again",
            )
            .caused_by(cause),
            Error::InvalidToken => Self::unauthorized(Some("invalid_token"), detail),
            Error::NotFound => Self::not_found(),
            Error::OwnersOnly => Self::new(StatusCode::FORBIDDEN, "owners_only", detail),
            Error::LastOwner => Self::conflict("last_owner", detail),
            Error::InvitationUnusable => Self::bad_request("invitation_unusable", detail),
            Error::InvitationAccepted => Self::conflict("invitation_accepted", detail),
            Error::AlreadyMember => Self::conflict("already_member", detail),
            Error::TenantGone => Self::conflict("tenant_gone", detail),
            Error::KeyEnded => Self::conflict("key_ended", detail),
            Error::Auth(error) => error.into(),
            Error::Configuration(TenantConfigError::Missing) => {
                Self::new(StatusCode::NOT_FOUND, "not_configured", detail)
            }
            Error::Configuration(TenantConfigError::Db(error)) => error.into(),
            Error::InvalidConnection(issues)
            | Error::Unacceptable(issues)
            | Error::Invalid(issues) => Self::invalid(detail).fields(issues.into_iter().map(field)),
            Error::Db(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

fn field(issue: Issue) -> FieldError {
    FieldError {
        pointer: Some(issue.pointer),
        parameter: None,
        code: issue.code.to_owned(),
        detail: issue.detail,
    }
}
