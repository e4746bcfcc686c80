//! Headers every answer carries unless its handler chose otherwise.

use poem::Response;
use poem::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use poem::http::{HeaderName, HeaderValue};

/// Nothing may be loaded by an API answer that a browser is tricked into rendering.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

pub(super) fn complete(response: &mut Response, https: bool) {
    let headers = response.headers_mut();
    let mut default = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    default(X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(X_FRAME_OPTIONS, "DENY");
    default(REFERRER_POLICY, "no-referrer");
    default(CONTENT_SECURITY_POLICY, API_POLICY);
    default(CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    // People's data appears almost everywhere; what is public says so itself.
    default(CACHE_CONTROL, "private, no-store");
    if https {
        default(STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
