//! The first argument of every endpoint that is not public.

use std::sync::Arc;

use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::credential::SESSION_COOKIE;
use super::{AuthError, Authenticator, Caller, Session};
use crate::http::ApiError;

const BEARER: &str = "AccessToken";
const COOKIE: &str = "SessionCookie";

/// A checked caller inside a tenant. Accepts an access token, an API key or the session cookie.
#[derive(Debug)]
pub struct Authenticated(pub Caller);

/// A checked person, of whatever tenant or none.
#[derive(Debug)]
pub struct LoggedIn {
    pub session: Arc<Session>,
    /// True for the cookie, false for an access token, which must not be turned into more.
    pub by_cookie: bool,
}

fn authenticator(request: &Request) -> Result<&Arc<Authenticator>, AuthError> {
    // Without one nothing can be proved, and nobody is let in.
    request.data::<Arc<Authenticator>>().ok_or(AuthError::Unavailable)
}

fn register_schemes(registry: &mut Registry) {
    let scheme = |ty, description| MetaSecurityScheme {
        ty,
        description: Some(description),
        name: None,
        key_in: None,
        scheme: None,
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    };
    registry.create_security_scheme(
        BEARER,
        MetaSecurityScheme {
            scheme: Some("bearer"),
            bearer_format: Some("JWT"),
            ..scheme(
                "http",
                "A short-lived access token from `POST /auth/v1/tokens`, or an API key.",
            )
        },
    );
    registry.create_security_scheme(
        COOKIE,
        MetaSecurityScheme {
            name: Some(SESSION_COOKIE),
            key_in: Some("cookie"),
            ..scheme("apiKey", "The browser session made by `GET /auth/v1/login`. Changes need an `Origin` of ours.")
        },
    );
}

macro_rules! security_scheme {
    ($name:ident, $check:ident, $wrap:expr) => {
        impl<'a> ApiExtractor<'a> for $name {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                register_schemes(registry);
            }

            fn security_schemes() -> Vec<&'static str> {
                vec![BEARER, COOKIE]
            }

            async fn from_request(
                request: &'a Request,
                _body: &mut RequestBody,
                _options: ExtractParamOptions<Self::ParamType>,
            ) -> poem::Result<Self> {
                let checked = match authenticator(request) {
                    Ok(authenticator) => authenticator.$check(request).await,
                    Err(error) => Err(error),
                };
                Ok(checked.map($wrap).map_err(ApiError::from)?)
            }
        }
    };
}

security_scheme!(Authenticated, caller, Authenticated);
security_scheme!(LoggedIn, session, std::convert::identity);
