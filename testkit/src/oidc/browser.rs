//! A browser as far as logging in needs one: it keeps cookies and follows redirects by itself.

use reqwest::header::{LOCATION, ORIGIN};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::{Value, json};

const MOST_REDIRECTS: usize = 10;

/// The login did not go as it should.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    #[error("no answer from {url}")]
    NoAnswer { url: String, source: reqwest::Error },
    #[error("{url} answered {status} instead of a redirect: {body}")]
    NoRedirect { url: String, status: StatusCode, body: String },
    #[error("{url} answered {status}: {body}")]
    Refused { url: String, status: StatusCode, body: String },
    #[error("not a usable address: {0}")]
    Address(String),
    #[error("the HTTP client cannot start")]
    Client(#[source] reqwest::Error),
}

/// Someone at a screen, logged in or not.
#[derive(Debug, Clone)]
pub struct Browser {
    client: Client,
    auth: Url,
}

impl Browser {
    /// A fresh browser. `auth_url` is where auth-service is reached, such as
    /// `http://localhost:8003`; it must be the service's own `http.public_url`.
    ///
    /// # Errors
    /// When the address is none, or the client cannot start.
    #[expect(clippy::disallowed_methods, reason = "plays a browser, which keeps cookies")]
    pub fn new(auth_url: &str) -> Result<Self, BrowserError> {
        let auth = auth_url.parse().map_err(|_| BrowserError::Address(auth_url.to_owned()))?;
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .map_err(BrowserError::Client)?;
        Ok(Self { client, auth })
    }

    /// Logs in at the development stand-in by clicking the button of `subject`.
    ///
    /// # Errors
    /// When any party refuses.
    pub async fn log_in(&self, subject: &str) -> Result<(), BrowserError> {
        let login = self.url("/auth/v1/login?return_to=/auth/docs")?;
        let provider = redirect(self.get(login).await?).await?;
        let click = self.client.post(provider.clone()).form(&[("subject", subject)]);
        let callback = redirect(sent(click.send().await, &provider)?).await?;
        redirect(self.get(callback).await?).await?;
        Ok(())
    }

    /// Logs in at a provider that asks nothing: every step is a redirect.
    ///
    /// # Errors
    /// When any party refuses, or the browser is sent around for too long.
    pub async fn log_in_by_redirects(&self) -> Result<(), BrowserError> {
        let callback = self.url("/auth/v1/callback")?;
        let mut next = self.url("/auth/v1/login?return_to=/auth/docs")?;
        for _ in 0..MOST_REDIRECTS {
            let last = next.path() == callback.path() && next.origin() == callback.origin();
            next = redirect(self.get(next).await?).await?;
            if last {
                return Ok(());
            }
        }
        Err(BrowserError::Address(format!("{next} is one redirect too many")))
    }

    /// An access token for `tenant_id`, or for the only tenant.
    ///
    /// # Errors
    /// When auth-service refuses.
    pub async fn access_token(&self, tenant_id: Option<&str>) -> Result<String, BrowserError> {
        let url = self.url("/auth/v1/tokens")?;
        let body = match tenant_id {
            Some(id) => json!({ "tenant_id": id }),
            None => json!({}),
        };
        let origin = self.auth.origin().ascii_serialization();
        let request = self.client.post(url.clone()).header(ORIGIN, origin).json(&body);
        let answer = accepted(sent(request.send().await, &url)?).await?;
        let body: Value = sent(answer.json().await, &url)?;
        body["access_token"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| BrowserError::Address("the answer holds no token".to_owned()))
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When auth-service refuses.
    pub async fn log_out(&self) -> Result<(), BrowserError> {
        let url = self.url("/auth/v1/logout")?;
        let origin = self.auth.origin().ascii_serialization();
        let request = self.client.post(url.clone()).header(ORIGIN, origin);
        accepted(sent(request.send().await, &url)?).await.map(|_| ())
    }

    fn url(&self, path: &str) -> Result<Url, BrowserError> {
        self.auth.join(path).map_err(|_| BrowserError::Address(path.to_owned()))
    }

    async fn get(&self, url: Url) -> Result<Response, BrowserError> {
        sent(self.client.get(url.clone()).send().await, &url)
    }
}

fn sent<T>(result: Result<T, reqwest::Error>, url: &Url) -> Result<T, BrowserError> {
    result.map_err(|source| BrowserError::NoAnswer { url: url.path().to_owned(), source })
}

/// Where the answer sends the browser. Relative addresses count from the answer's own.
async fn redirect(response: Response) -> Result<Url, BrowserError> {
    let url = response.url().clone();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    if response.status().is_redirection()
        && let Some(target) = location.and_then(|location| url.join(location).ok())
    {
        return Ok(target);
    }
    let (url, status) = (url.path().to_owned(), response.status());
    let body = response.text().await.unwrap_or_default();
    Err(BrowserError::NoRedirect { url, status, body })
}

async fn accepted(response: Response) -> Result<Response, BrowserError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let (url, status) = (response.url().path().to_owned(), response.status());
    let body = response.text().await.unwrap_or_default();
    Err(BrowserError::Refused { url, status, body })
}
