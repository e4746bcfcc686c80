//! `[http]`: the front door of one process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::{AddressRange, ConfigError};

/// Addresses, limits and browser rules of the web API.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Where `serve` listens.
    pub bind: SocketAddr,
    /// Where `work` answers health and metrics.
    pub workers_bind: SocketAddr,
    /// The origin clients use, without a trailing slash; links and cookies are made from it.
    pub public_url: String,
    /// A request that has no answer by then gets 503, in milliseconds.
    pub request_deadline_ms: u64,
    /// Largest request body, unless the route says otherwise.
    pub body_limit_bytes: usize,
    /// Browser origins that may call with credentials, for example `https://app.example.com`.
    pub allowed_origins: Vec<String>,
    /// Addresses (or CIDR ranges) of reverse proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<String>,
    /// Development only: a cookie that works over plain HTTP on the loopback interface.
    pub insecure_loopback_cookies: bool,
    /// Requests of one address in a minute, known or unknown callers alike. 0: not counted.
    pub address_requests_a_minute: u32,
    /// Requests with one session or API key in a minute. 0: not counted.
    pub caller_requests_a_minute: u32,
    /// Requests of all callers of one tenant in a minute. 0: not counted.
    pub tenant_requests_a_minute: u32,
}

impl Default for HttpSettings {
    fn default() -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self {
            bind: SocketAddr::new(loopback, 8000),
            workers_bind: SocketAddr::new(loopback, 8100),
            public_url: "http://localhost:8000".to_owned(),
            request_deadline_ms: 15_000,
            body_limit_bytes: 1 << 20,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            insecure_loopback_cookies: false,
            // An office shares one address; a dashboard asks a dozen questions at once.
            address_requests_a_minute: 12_000,
            caller_requests_a_minute: 3_000,
            tenant_requests_a_minute: 12_000,
        }
    }
}

impl HttpSettings {
    /// Defaults of one service: web API on `port`, workers on `port + 100`, both on loopback.
    pub fn on_port(port: u16) -> Self {
        let mut settings = Self::default();
        settings.bind.set_port(port);
        settings.workers_bind.set_port(port.saturating_add(100));
        settings.public_url = format!("http://localhost:{port}");
        settings
    }

    /// Origins are exact, because any of them may send credentials.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for origin in &self.allowed_origins {
            if !valid_origin(origin) {
                let reason = format!("`{origin}` is not an origin such as https://app.example.com");
                return Err(ConfigError::invalid("http.allowed_origins", reason));
            }
        }
        if !valid_origin(&self.public_url) {
            let reason = "expected scheme, host and port without a path";
            return Err(ConfigError::invalid("http.public_url", reason));
        }
        if self.request_deadline_ms == 0 {
            return Err(ConfigError::invalid("http.request_deadline_ms", "must be greater than 0"));
        }
        for proxy in &self.trusted_proxies {
            proxy
                .parse::<AddressRange>()
                .map_err(|error| ConfigError::invalid("http.trusted_proxies", error.to_string()))?;
        }
        Ok(())
    }
}

fn valid_origin(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.origin().ascii_serialization() == text
            && !text.contains('*')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_exact() {
        for (origin, good) in [
            ("https://app.example.com", true),
            ("http://localhost:5173", true),
            ("*", false),
            ("https://app.example.com/", false),
            ("https://*.example.com", false),
            ("null", false),
        ] {
            let settings = HttpSettings {
                allowed_origins: vec![origin.to_owned()],
                ..HttpSettings::default()
            };
            assert_eq!(settings.validate().is_ok(), good, "{origin}");
        }
    }
}
