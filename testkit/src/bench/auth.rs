//! `bench auth`: what it costs to know who asks.

use std::time::Duration;

use common::auth::Scope;
use serde_json::{Value, json};

use super::comparison;
use super::requests::{self, Bound, IMMEDIATELY, repeat, rounded, success};
use super::site::Site;
use crate::dev::Api;
use crate::oidc::{Browser, CertifiedProvider, Outcome};

const CONNECTIONS: [usize; 2] = [1, 16];
const BOUND: Bound = Bound { requests: 2_000, time: Duration::from_secs(5), ..IMMEDIATELY };
const LOGINS: Bound = Bound { requests: 30, time: Duration::from_secs(10), ..IMMEDIATELY };
/// As good as no limit: it counts and refuses nobody.
const UNLIMITED: &str = "1000000000";

/// Judging tokens for others, judging them on the way into a route, comparing digests of keys, and logging in at the
/// certified provider.
///
/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let mut site = Site::start().await?;
    let measured = measure(&mut site).await;
    let stopped = tokio::task::spawn_blocking(move || site.house.stop()).await?;
    measured?;
    stopped.map(drop)
}

async fn measure(site: &mut Site) -> anyhow::Result<()> {
    let auth = site.house.settings.origin("auth-service");
    let provider = CertifiedProvider::start(&format!("{auth}/auth/v1/callback"))?;
    let settings = [
        ("FOOTFALL_OIDC__ISSUER", provider.issuer()),
        ("FOOTFALL_OIDC__CLIENT_ID", CertifiedProvider::CLIENT_ID),
        ("FOOTFALL_OIDC__CLIENT_SECRET", CertifiedProvider::CLIENT_SECRET),
        ("FOOTFALL_LIMITS__LOGINS_A_MINUTE", UNLIMITED),
        ("FOOTFALL_LIMITS__VALIDATIONS_A_MINUTE", UNLIMITED),
    ];
    site.house.restart("auth-service serve", &settings).await?;
    validation(&site.api, &auth).await?;
    verification(&site.api, &auth).await?;
    print(tokio::task::spawn_blocking(comparison::figures).await?);
    login(&auth, &provider).await
}

/// RFC 7662: a machine with an API key asks about an access token.
async fn validation(api: &Api, auth: &str) -> anyhow::Result<()> {
    let key = json!({ "name": "bench", "scopes": [Scope::TokensIntrospect.as_str()] });
    let key = api.post("/auth/v1/api-keys", &key).await?;
    let key = key["api_key"].as_str().unwrap_or_default();
    let (http, url) = (crate::dev::client()?, format!("{auth}/auth/v1/introspect"));
    for connections in CONNECTIONS {
        let ask = || {
            let asked = http.post(&url).bearer_auth(key).form(&[("token", api.token())]);
            success(asked)
        };
        let seen = repeat(connections, BOUND, ask).await?;
        print(json!({
            "measure": "token_validation", "connections": connections, "answers": seen.figures(),
        }));
    }
    Ok(())
}

/// The same process, with and without a token to verify: what is between them is authentication, limits included, and
/// the few hundred bytes of the answer.
async fn verification(api: &Api, auth: &str) -> anyhow::Result<()> {
    let (http, open) = (crate::dev::client()?, format!("{auth}/livez"));
    for connections in CONNECTIONS {
        let floor = repeat(connections, BOUND, || success(http.get(&open))).await?;
        let seen = requests::run(api, "/auth/v1/me", connections, BOUND).await?;
        let ms = |percent| {
            let between = seen.percentile(percent).saturating_sub(floor.percentile(percent));
            rounded(between.as_secs_f64() * 1_000.0)
        };
        print(json!({
            "measure": "local_verification", "connections": connections,
            "with_token": seen.figures(), "without": floor.figures(),
            "between_p50_ms": ms(50), "between_p95_ms": ms(95),
        }));
    }
    Ok(())
}

/// From the first redirect to the session, by a new browser each time.
async fn login(auth: &str, provider: &CertifiedProvider) -> anyhow::Result<()> {
    provider.next("bench", Outcome::LogIn).await?;
    let log_in = async || Ok(Browser::new(auth)?.log_in_by_redirects().await?);
    let seen = repeat(1, LOGINS, log_in).await?;
    print(json!({ "measure": "login", "connections": 1, "logins": seen.figures() }));
    Ok(())
}

fn print(mut line: Value) {
    line["bench"] = "auth".into();
    println!("{line}");
}
