//! Which addresses a tenant may name where Google's are expected.

use std::net::IpAddr;

use crate::config::{AddressRange, NetSettings};

const GOOGLE: &str = ".googleapis.com";

/// True for Google's own endpoints over TLS, and for hosts that the operator allows in
/// `net.allow_private`. A key file may name its own `token_uri`: sent elsewhere, its signed
/// assertion would be given to a stranger.
#[must_use]
pub fn permitted_google_endpoint(url: &str, net: &NetSettings) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let Some(host) = url.host_str() else { return false };
    if url.scheme() == "https" && host.ends_with(GOOGLE) && url.port().is_none() {
        return true;
    }
    matches!(url.scheme(), "http" | "https") && allowed(host, &net.allow_private)
}

fn allowed(host: &str, exceptions: &[String]) -> bool {
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    exceptions.iter().any(|exception| {
        exception == host
            || address.is_some_and(|address| {
                exception.parse::<AddressRange>().is_ok_and(|range| range.contains(address))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_google_and_what_the_operator_allows() {
        let net = NetSettings {
            allow_private: vec!["127.0.0.0/8".to_owned(), "bigquery.internal".to_owned()],
            ..NetSettings::default()
        };
        for (url, permitted) in [
            ("https://oauth2.googleapis.com/token", true),
            ("https://bigquery.googleapis.com/bigquery/v2", true),
            ("http://oauth2.googleapis.com/token", false),
            ("https://oauth2.googleapis.com.evil.example/token", false),
            ("https://evilgoogleapis.com/token", false),
            ("http://127.0.0.1:9050/token", true),
            ("http://bigquery.internal:9050", true),
            ("http://10.0.0.1/token", false),
            ("file:///etc/passwd", false),
            ("no address", false),
        ] {
            assert_eq!(permitted_google_endpoint(url, &net), permitted, "{url}");
        }
    }
}
