//! Cross-site request forgery: a browser sends the cookie along with anyone's form.

use poem::Request;
use poem::http::{Method, header};

use super::AuthError;
use crate::config::HttpSettings;

/// The origins whose pages may change something with the cookie.
#[derive(Debug)]
pub(super) struct Origins(Vec<String>);

impl Origins {
    pub(super) fn new(settings: &HttpSettings) -> Self {
        let mut origins = settings.allowed_origins.clone();
        origins.push(settings.public_url.clone());
        Self(origins)
    }

    /// Unsafe methods need an `Origin` of ours. Browsers send one with each of them.
    pub(super) fn check(&self, request: &Request) -> Result<(), AuthError> {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
        if origin.is_some_and(|origin| self.0.iter().any(|known| known == origin)) {
            Ok(())
        } else {
            Err(AuthError::CrossOrigin)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_methods_need_an_origin_of_ours() {
        let settings = HttpSettings {
            public_url: "https://app.example.com".to_owned(),
            ..HttpSettings::default()
        };
        let origins = Origins::new(&settings);
        for (method, origin, allowed) in [
            (Method::GET, None, true),
            (Method::POST, Some("https://app.example.com"), true),
            (Method::POST, None, false),
            (Method::POST, Some("null"), false),
            (Method::DELETE, Some("https://app.example.com.evil.example"), false),
            (Method::PATCH, Some("http://app.example.com"), false),
        ] {
            let mut request = Request::builder().method(method.clone());
            if let Some(origin) = origin {
                request = request.header("Origin", origin);
            }
            let result = origins.check(&request.finish());
            assert_eq!(result.is_ok(), allowed, "{method} {origin:?}");
        }
    }
}
