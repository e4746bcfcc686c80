//! The OpenID-certified `oidc-provider` as a child process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::Context;
use serde::Deserialize;
use serde_json::json;

use crate::tools;

const SCRIPT: &str = include_str!("certified.mjs");

/// How the provider's next interaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    LogIn,
    Deny,
}

/// A running provider with one confidential client. Ends with the value.
#[derive(Debug)]
pub struct CertifiedProvider {
    child: Child,
    // Held open: the script ends when this closes, even if we are killed.
    _stdin: Option<ChildStdin>,
    // Held open: the provider's next notice would otherwise end it.
    stdout: BufReader<ChildStdout>,
    issuer: String,
}

impl CertifiedProvider {
    pub const CLIENT_ID: &str = "footfall";
    pub const CLIENT_SECRET: &str = crate::canary::MARKER;

    /// Starts a provider that sends browsers back to `redirect_uri`.
    ///
    /// # Errors
    /// When Node.js or the package is missing, or the script does not start.
    pub fn start(redirect_uri: &str) -> anyhow::Result<Self> {
        Self::start_on(0, redirect_uri)
    }

    /// As [`Self::start`], on a certain port: the same issuer again, with new keys.
    ///
    /// # Errors
    /// As [`Self::start`], or when the port is taken.
    pub fn start_on(port: u16, redirect_uri: &str) -> anyhow::Result<Self> {
        let options = json!({
            "client_id": Self::CLIENT_ID,
            "client_secret": Self::CLIENT_SECRET,
            "redirect_uri": redirect_uri,
            "port": port,
        });
        let mut child = tools::node("oidc-provider", SCRIPT)?
            .arg(options.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the OpenID provider does not start")?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the OpenID provider has no output")?;
        let mut provider =
            Self { child, _stdin: stdin, stdout: BufReader::new(stdout), issuer: String::new() };
        // Warnings about the development set-up may come first.
        provider.issuer = provider
            .stdout
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| serde_json::from_str::<Started>(&line).ok())
            .context("the OpenID provider ended before it listened")?
            .issuer;
        Ok(provider)
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The port of the issuer.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.issuer.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
    }

    /// Says who logs in next, and whether they agree.
    ///
    /// # Errors
    /// When the provider does not answer.
    #[expect(clippy::disallowed_methods, reason = "tests talk to the provider as a browser would")]
    pub async fn next(&self, account: &str, outcome: Outcome) -> anyhow::Result<()> {
        let outcome = match outcome {
            Outcome::LogIn => "log_in",
            Outcome::Deny => "deny",
        };
        let url = format!("{}/control?account={account}&outcome={outcome}", self.issuer);
        reqwest::get(url).await?.error_for_status()?;
        Ok(())
    }
}

#[derive(Deserialize)]
struct Started {
    issuer: String,
}

impl Drop for CertifiedProvider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
