//! What a request presents: a bearer token or the session cookie.

use poem::Request;
use poem::http::header;

use super::AuthError;
use crate::kernel::TenantId;

/// The cookie of a browser session. Its prefix makes browsers insist on Secure, host-only, path `/`.
pub const SESSION_COOKIE: &str = "__Host-footfall";

/// The cookie on plain-HTTP loopback, where browsers refuse the prefix.
pub const DEVELOPMENT_COOKIE: &str = "footfall_dev";

/// Selects among the caller's tenants.
pub const TENANT_HEADER: &str = "X-Tenant-Id";

/// Name of the session cookie under these settings.
#[must_use]
pub const fn cookie_name(insecure_loopback_cookies: bool) -> &'static str {
    if insecure_loopback_cookies { DEVELOPMENT_COOKIE } else { SESSION_COOKIE }
}

/// The one credential of a request.
#[derive(Debug)]
pub(super) enum Credential {
    Bearer(String),
    Cookie(String),
}

impl Credential {
    pub(super) fn of(request: &Request, cookie_name: &str) -> Result<Self, AuthError> {
        let cookie = cookie(request, cookie_name);
        match (request.headers().get(header::AUTHORIZATION), cookie) {
            (Some(_), Some(_)) => Err(AuthError::TwoCredentials),
            (None, Some(cookie)) => Ok(Self::Cookie(cookie)),
            (None, None) => Err(AuthError::Missing),
            (Some(value), None) => value
                .to_str()
                .ok()
                .and_then(|text| text.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map(|(_, token)| Self::Bearer(token.trim().to_owned()))
                .ok_or(AuthError::InvalidToken),
        }
    }
}

/// The value of one cookie of a request.
#[must_use]
pub fn cookie(request: &Request, name: &str) -> Option<String> {
    request
        .headers()
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// The tenant the request selects, if it names one.
pub(super) fn selected_tenant(request: &Request) -> Result<Option<TenantId>, AuthError> {
    request
        .headers()
        .get(TENANT_HEADER)
        .map(|value| {
            value.to_str().ok().and_then(|text| text.parse().ok()).ok_or(AuthError::MalformedTenant)
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_credentials_at_once_are_refused() {
        let request = Request::builder()
            .header("Authorization", "Bearer x")
            .header("Cookie", "a=b; __Host-footfall=y")
            .finish();
        assert_eq!(
            Credential::of(&request, SESSION_COOKIE).unwrap_err(),
            AuthError::TwoCredentials
        );
        // Another service's cookie is no credential.
        assert!(matches!(
            Credential::of(&request, DEVELOPMENT_COOKIE),
            Ok(Credential::Bearer(token)) if token == "x"
        ));
    }

    #[test]
    fn other_schemes_are_no_token() {
        let request = Request::builder().header("Authorization", "Basic eDp5").finish();
        let error = Credential::of(&request, SESSION_COOKIE).unwrap_err();
        assert_eq!(error, AuthError::InvalidToken);
    }
}
