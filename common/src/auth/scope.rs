//! What an API key may be used for, besides what its role allows.

use std::fmt;
use std::str::FromStr;

use poem::http::Method;

/// A permission of an API key. A route belongs to one scope, or to none and is closed to keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    DataRead,
    DataWrite,
    AnalyticsRead,
    AnalyticsWrite,
    /// Ask whether a token of the same tenant is good.
    TokensIntrospect,
}

/// Text that names no scope.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a scope")]
pub struct UnknownScope;

impl Scope {
    pub const ALL: [Self; 5] = [
        Self::DataRead,
        Self::DataWrite,
        Self::AnalyticsRead,
        Self::AnalyticsWrite,
        Self::TokensIntrospect,
    ];

    /// The scope of a route that names none itself: reading or writing at its service.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        match path.trim_start_matches('/').split('/').next() {
            Some("data") if reads => Some(Self::DataRead),
            Some("data") => Some(Self::DataWrite),
            Some("analytics") if reads => Some(Self::AnalyticsRead),
            Some("analytics") => Some(Self::AnalyticsWrite),
            _ => None,
        }
    }

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataRead => "data:read",
            Self::DataWrite => "data:write",
            Self::AnalyticsRead => "analytics:read",
            Self::AnalyticsWrite => "analytics:write",
            Self::TokensIntrospect => "tokens:introspect",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_belongs_to_the_scope_of_its_service_and_method() {
        for (method, path, scope) in [
            (Method::GET, "/data/v1/jobs", Some(Scope::DataRead)),
            (Method::HEAD, "/data/v1/jobs", Some(Scope::DataRead)),
            (Method::POST, "/data/v1/jobs", Some(Scope::DataWrite)),
            (Method::GET, "/analytics/v1/stats/overview", Some(Scope::AnalyticsRead)),
            (Method::PATCH, "/analytics/v1/x", Some(Scope::AnalyticsWrite)),
            (Method::GET, "/auth/v1/members", None),
        ] {
            assert_eq!(Scope::of(&method, path), scope, "{method} {path}");
        }
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
    }
}
