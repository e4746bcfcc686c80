//! The public API, used the way any client would.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;

use super::ports::Ports;
use crate::oidc::Browser;

/// Well before an access token expires.
const RENEW_AFTER: Duration = Duration::from_secs(240);

/// A logged-in client of all three services.
#[derive(Debug)]
pub struct Api {
    http: reqwest::Client,
    ports: Ports,
    browser: Browser,
    tenant: String,
    token: Mutex<Token>,
}

#[derive(Debug)]
struct Token {
    text: String,
    taken: Instant,
}

/// A client for the loopback interface.
///
/// # Errors
/// When the client cannot be made.
#[expect(clippy::disallowed_methods, reason = "a client of ours on the loopback interface")]
pub fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?)
}

impl Api {
    /// Logs in through the identity provider as `person` and takes an access token for `tenant`.
    ///
    /// # Errors
    /// When any step of the login is refused.
    pub async fn log_in(ports: Ports, person: &str, tenant: &str) -> anyhow::Result<Self> {
        let browser = Browser::new(&format!("http://localhost:{}", ports.at(8003)))?;
        browser.log_in(person).await?;
        let token = Mutex::new(Token::take(&browser, tenant).await?);
        Ok(Self { http: client()?, ports, browser, tenant: tenant.to_owned(), token })
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> String {
        self.held().text.clone()
    }

    /// Takes another access token when this one is no longer new.
    ///
    /// # Errors
    /// When the session has ended.
    pub async fn renew(&self) -> anyhow::Result<()> {
        if self.held().taken.elapsed() > RENEW_AFTER {
            let token = Token::take(&self.browser, &self.tenant).await?;
            *self.held() = token;
        }
        Ok(())
    }

    fn held(&self) -> MutexGuard<'_, Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request with the token, to the service that the path belongs to.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let port = match path.split('/').nth(1) {
            Some("auth") => 8003,
            Some("data") => 8002,
            _ => 8001,
        };
        let url = format!("http://localhost:{}{path}", self.ports.at(port));
        self.http.request(method, url).bearer_auth(self.token())
    }

    /// # Errors
    /// When the answer is not a success.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.renew().await?;
        body(self.request(Method::GET, path).send().await?, path).await
    }

    /// # Errors
    /// When the answer is not a success.
    pub async fn post(&self, path: &str, value: &Value) -> anyhow::Result<Value> {
        self.renew().await?;
        let key = uuid::Uuid::new_v4().to_string();
        let request = self.request(Method::POST, path).header("Idempotency-Key", key).json(value);
        body(request.send().await?, path).await
    }

    /// # Errors
    /// When the answer is not a success.
    pub async fn get_text(&self, path: &str) -> anyhow::Result<String> {
        let answer = self.request(Method::GET, path).send().await?;
        Ok(answer.error_for_status().with_context(|| path.to_owned())?.text().await?)
    }

    /// Changes the tenant's configuration by a merge patch against its newest version.
    ///
    /// # Errors
    /// When the patch is refused.
    pub async fn configure(&self, patch: &Value) -> anyhow::Result<()> {
        let path = "/auth/v1/tenant/configuration";
        let now = self.request(Method::GET, path).send().await?.error_for_status()?;
        let etag = now.headers().get(header::ETAG).context("no ETag")?.clone();
        let request = self
            .request(Method::PATCH, path)
            .header(header::IF_MATCH, etag)
            .header(header::CONTENT_TYPE, "application/merge-patch+json")
            .body(patch.to_string());
        body(request.send().await?, path).await.map(drop)
    }
}

impl Token {
    async fn take(browser: &Browser, tenant: &str) -> anyhow::Result<Self> {
        Ok(Self { text: browser.access_token(Some(tenant)).await?, taken: Instant::now() })
    }
}

async fn body(answer: Response, what: &str) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    if !status.is_success() {
        bail!("{what}: {status}: {text}");
    }
    if status == StatusCode::NO_CONTENT || text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).with_context(|| format!("{what}: no JSON: {text}"))
}
