//! One service asking another on a tenant's behalf: what its token says, and the first argument of an internal route.

use std::sync::Arc;

use chrono::TimeDelta;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde::{Deserialize, Serialize};

use super::credential::{Credential, SESSION_COOKIE};
use super::{AuthError, KeyCache, Verifier};
use crate::db::Db;
use crate::http::ApiError;
use crate::kernel::{SharedClock, TenantId};

/// `typ` of a service token: an access token does not pass for one, nor the other way round.
pub const SERVICE_TOKEN_TYPE: &str = "service+jwt";

/// How long a service token is valid: one call.
pub const SERVICE_TOKEN_LIFETIME: TimeDelta = TimeDelta::seconds(30);

const SCHEME: &str = "ServiceToken";

/// What a service token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceClaims {
    pub iss: String,
    /// The one service that takes it.
    pub aud: String,
    /// The service that asks.
    pub sub: String,
    /// The tenant on whose behalf.
    pub tid: TenantId,
    /// Seconds since the epoch.
    pub iat: i64,
    /// Seconds since the epoch.
    pub exp: i64,
}

/// Lets services of ours in; put into the request data of all routes as `Arc<ServiceGate>`.
#[derive(Debug)]
pub struct ServiceGate {
    verifier: Verifier,
    audience: &'static str,
}

impl ServiceGate {
    /// `audience` is the service that is called, such as `data-service`.
    #[must_use]
    pub fn new(db: Db, clock: SharedClock, audience: &'static str) -> Self {
        Self { verifier: Verifier::new(KeyCache::new(db, clock.clone()), clock), audience }
    }

    async fn check(&self, request: &Request) -> Result<ServiceClaims, AuthError> {
        match Credential::of(request, SESSION_COOKIE)? {
            Credential::Bearer(token) => self.verifier.verify_service(&token, self.audience).await,
            Credential::Cookie(_) => Err(AuthError::InvalidToken),
        }
    }
}

/// A service of ours that calls.
#[derive(Debug, Clone)]
pub struct CallingService {
    pub name: String,
    pub tenant: TenantId,
}

impl<'a> ApiExtractor<'a> for CallingService {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        registry.create_security_scheme(
            SCHEME,
            MetaSecurityScheme {
                ty: "http",
                description: Some(
                    "A token that one of our services made for this call. People and API keys have none.",
                ),
                name: None,
                key_in: None,
                scheme: Some("bearer"),
                bearer_format: Some("JWT"),
                flows: None,
                openid_connect_url: None,
            },
        );
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    async fn from_request(
        request: &'a Request,
        _body: &mut RequestBody,
        _options: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        let checked = match request.data::<Arc<ServiceGate>>() {
            Some(gate) => gate.check(request).await,
            // Without one nothing can be proved, and nobody is let in.
            None => Err(AuthError::Unavailable),
        };
        let claims = checked.map_err(ApiError::from)?;
        Ok(Self { name: claims.sub, tenant: claims.tid })
    }
}
