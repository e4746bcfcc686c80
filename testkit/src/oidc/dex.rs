//! dex, an identity provider written by others, as a child process with one person who has a password.

use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::postgres::end_with_parent;
use crate::service::port_in_advance;
use crate::tools;

/// Longer than a start takes on a busy machine.
const START: Duration = Duration::from_secs(60);

/// A running dex with one confidential client. Ends with the value.
#[derive(Debug)]
pub struct Dex {
    child: Child,
    issuer: String,
    _folder: TempDir,
}

impl Dex {
    pub const CLIENT_ID: &str = "footfall";
    pub const CLIENT_SECRET: &str = "only-for-tests-and-never-elsewhere";
    pub const EMAIL: &str = "person@example.com";
    pub const PASSWORD: &str = "password";
    /// bcrypt of the password, as dex's own documentation shows it.
    const PASSWORD_HASH: &str = "$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W";

    /// None, with a line that `cargo xtask test` counts, where dex was not built.
    ///
    /// # Errors
    /// When it is there and does not start.
    pub async fn start_or_not_run(test: &str, redirect_uri: &str) -> anyhow::Result<Option<Self>> {
        let Ok(mut program) = tools::dex() else {
            // The test harness hides what a passing test prints through `println!`; this must be seen.
            let _ = writeln!(std::io::stderr(), "not run: no dex ({test})");
            return Ok(None);
        };
        let address = format!("127.0.0.1:{}", port_in_advance());
        let issuer = format!("http://{address}/dex");
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("dex.yaml");
        std::fs::write(&file, configuration(&issuer, &address, redirect_uri))?;
        program.arg("serve").arg(&file).stdin(Stdio::null());
        program.stdout(Stdio::null()).stderr(Stdio::null());
        end_with_parent(&mut program);
        let child = program.spawn().context("dex does not start")?;
        let mut dex = Self { child, issuer, _folder: folder };
        dex.wait().await?;
        Ok(Some(dex))
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    #[expect(clippy::disallowed_methods, reason = "tests talk to the provider as a browser would")]
    async fn wait(&mut self) -> anyhow::Result<()> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("dex ended: {status}");
            }
            if reqwest::get(&url).await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if begun.elapsed() > START {
                bail!("dex does not answer at {url}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn configuration(issuer: &str, address: &str, redirect_uri: &str) -> String {
    let (id, secret, email, hash) =
        (Dex::CLIENT_ID, Dex::CLIENT_SECRET, Dex::EMAIL, Dex::PASSWORD_HASH);
    format!(
        "issuer: {issuer}
storage: {{ type: memory }}
web: {{ http: '{address}' }}
oauth2: {{ skipApprovalScreen: true }}
enablePasswordDB: true
staticClients:
- {{ id: {id}, name: Footfall, secret: {secret}, redirectURIs: ['{redirect_uri}'] }}
staticPasswords:
- {{ email: {email}, username: person, userID: 01900000-0000-7000-8000-000000000001, hash: '{hash}' }}
"
    )
}

impl Drop for Dex {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
