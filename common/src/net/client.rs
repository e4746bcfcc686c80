//! The one way to make HTTP requests: time-outs, no redirects, and the egress guard where names come from tenants.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use super::EgressPolicy;
use crate::config::NetSettings;
use crate::telemetry::TraceContext;

/// The client cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be built")]
pub struct ClientError(#[source] reqwest::Error);

/// How one kind of outgoing call behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Limit for the connection to stand.
    pub connect_timeout: Duration,
    /// Limit for the whole exchange, body included.
    pub total_timeout: Duration,
    /// Redirects followed; each hop passes the guard again. Usually none: a redirect of an API is a surprise.
    pub redirects: usize,
    /// The guard; `None` only for endpoints the operator configured.
    pub egress: Option<EgressPolicy>,
}

impl ClientOptions {
    /// For addresses that a tenant names.
    pub fn guarded(settings: &NetSettings) -> Self {
        Self { egress: Some(EgressPolicy::new(settings)), ..Self::operator(settings) }
    }

    /// For addresses that the operator configured, such as the identity provider.
    pub fn operator(settings: &NetSettings) -> Self {
        Self {
            connect_timeout: Duration::from_millis(settings.connect_timeout_ms),
            total_timeout: Duration::from_millis(settings.total_timeout_ms),
            redirects: 0,
            egress: None,
        }
    }
}

/// A client for one kind of call. Keep it: it pools connections.
///
/// # Errors
/// When the TLS backend cannot start.
#[expect(clippy::disallowed_methods, reason = "the one place that builds clients")]
pub fn client(options: &ClientOptions) -> Result<reqwest::Client, ClientError> {
    let redirects =
        if options.redirects == 0 { Policy::none() } else { guarded_redirects(options) };
    let mut builder = reqwest::Client::builder()
        .connect_timeout(options.connect_timeout)
        .timeout(options.total_timeout)
        .redirect(redirects)
        // A proxy from the environment would resolve names behind the guard's back.
        .no_proxy()
        .user_agent(concat!("footfall/", env!("CARGO_PKG_VERSION")));
    if let Some(policy) = &options.egress {
        builder = builder.dns_resolver(Arc::new(Guard(policy.clone())));
    }
    builder.build().map_err(ClientError)
}

impl ClientOptions {
    /// Checks a URL whose host is a literal address, which no resolver ever sees. Call it before each request to an
    /// address a tenant named.
    ///
    /// # Errors
    /// [`super::BlockedAddress`] for a literal address that is not public.
    pub fn check_url(&self, url: &reqwest::Url) -> Result<(), super::BlockedAddress> {
        let Some(policy) = &self.egress else { return Ok(()) };
        let Some(host) = url.host_str() else { return Ok(()) };
        match host.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(address) => policy.check(host, address),
            Err(_) => Ok(()),
        }
    }
}

/// Adds the current trace, so that the other side's logs can be joined with ours. Not for tenants' addresses: our
/// trace ids are nobody else's business.
pub fn traced(request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    match TraceContext::current() {
        Some(context) => request.header("traceparent", context.child().to_string()),
        None => request,
    }
}

fn guarded_redirects(options: &ClientOptions) -> Policy {
    let options = options.clone();
    Policy::custom(move |attempt| {
        if attempt.previous().len() > options.redirects {
            return attempt.error("too many redirects");
        }
        match options.check_url(attempt.url()) {
            Ok(()) => attempt.follow(),
            Err(blocked) => attempt.error(blocked),
        }
    })
}

/// Resolves names and refuses those that lead inside.
struct Guard(EgressPolicy);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            // The client replaces port 0 by the URL's.
            let addresses = policy.resolve(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::blocked_address;

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_before_connecting() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = client(&ClientOptions::guarded(&NetSettings::default())).unwrap();
        let error = client.get(format!("http://localhost:{port}/")).send().await.unwrap_err();
        assert_eq!(blocked_address(&error).unwrap().host, "localhost");
    }

    #[test]
    fn literal_addresses_are_checked_in_the_url() {
        let guarded = ClientOptions::guarded(&NetSettings::default());
        for (url, passes) in [
            ("http://127.0.0.1/", false),
            ("http://[::1]/", false),
            // Other spellings of 127.0.0.1 that the URL parser normalises.
            ("http://2130706433/", false),
            ("http://0x7f.1/", false),
            ("https://8.8.8.8/", true),
            ("https://example.com/", true),
        ] {
            assert_eq!(guarded.check_url(&url.parse().unwrap()).is_ok(), passes, "{url}");
        }
        let operator = ClientOptions::operator(&NetSettings::default());
        assert!(operator.check_url(&"http://127.0.0.1/".parse().unwrap()).is_ok());
    }
}
