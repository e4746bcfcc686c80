//! Keycloak, an identity provider written by others, as a child process with one person who has a password.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::postgres::end_with_parent;
use crate::service::port_in_advance;
use crate::tools;

/// Four times what a start takes on two processors.
const START: Duration = Duration::from_secs(120);
const STOP: Duration = Duration::from_secs(10);

/// A running Keycloak with one confidential client, which must prove by S256 that it began the login. Ends with
/// the value.
#[derive(Debug)]
pub struct Keycloak {
    child: Child,
    issuer: String,
    folder: TempDir,
}

impl Keycloak {
    pub const CLIENT_ID: &str = "footfall";
    pub const CLIENT_SECRET: &str = crate::canary::MARKER;
    pub const EMAIL: &str = "person@example.com";
    pub const PASSWORD: &str = crate::canary::MARKER;
    const REALM: &str = "footfall";

    /// None, with a line that `cargo xtask test` counts, where Keycloak was not installed.
    ///
    /// # Errors
    /// When it is there and does not start.
    pub async fn start_or_not_run(test: &str, redirect_uri: &str) -> anyhow::Result<Option<Self>> {
        let Ok(installed) = tools::keycloak() else {
            // The test harness hides what a passing test prints through `println!`; this must be seen.
            let _ = writeln!(std::io::stderr(), "not run: no keycloak ({test})");
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        lay_out(&installed, folder.path(), &realm(redirect_uri))?;
        let port = port_in_advance();
        let origin = format!("http://127.0.0.1:{port}");
        let log = File::create(folder.path().join("log"))?;
        let mut command = Command::new("sh");
        command.arg(folder.path().join("bin/kc.sh"));
        command.args(["start", "--optimized", "--import-realm", "--cache=local"]);
        command.args(["--http-enabled=true", "--http-host=127.0.0.1"]);
        command.arg(format!("--http-port={port}")).arg(format!("--hostname={origin}"));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        end_with_parent(&mut command);
        let child = command.spawn().context("Keycloak does not start")?;
        let issuer = format!("{origin}/realms/{}", Self::REALM);
        let mut keycloak = Self { child, issuer, folder };
        keycloak.wait().await?;
        Ok(Some(keycloak))
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    #[expect(clippy::disallowed_methods, reason = "tests talk to the provider as a browser would")]
    async fn wait(&mut self) -> anyhow::Result<()> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer);
        let browser = reqwest::Client::builder().no_proxy().timeout(START).build()?;
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("Keycloak ended, {status}:\n{}", self.log());
            }
            if browser.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if begun.elapsed() > START {
                bail!("Keycloak does not answer at {url}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// A folder that Keycloak takes for the one it is installed in, with data of its own. It finds the folder by where
/// its start script really lies, so that one alone is copied.
fn lay_out(installed: &Path, folder: &Path, realm: &Value) -> anyhow::Result<()> {
    fs::create_dir(folder.join("bin"))?;
    fs::copy(installed.join("bin/kc.sh"), folder.join("bin/kc.sh"))?;
    for shared in ["conf", "lib", "providers", "themes"] {
        symlink(installed.join(shared), folder.join(shared))?;
    }
    let import = folder.join("data/import");
    fs::create_dir_all(&import)?;
    fs::write(import.join("realm.json"), realm.to_string())?;
    Ok(())
}

fn realm(redirect_uri: &str) -> Value {
    json!({
        "realm": Keycloak::REALM,
        "enabled": true,
        "sslRequired": "none",
        "clients": [{
            "clientId": Keycloak::CLIENT_ID,
            "secret": Keycloak::CLIENT_SECRET,
            "enabled": true,
            "protocol": "openid-connect",
            "publicClient": false,
            "standardFlowEnabled": true,
            "redirectUris": [redirect_uri],
            "attributes": { "pkce.code.challenge.method": "S256" },
        }],
        // Someone without names is asked for them before the login goes on.
        "users": [{
            "username": "person",
            "firstName": "Test",
            "lastName": "Person",
            "email": Keycloak::EMAIL,
            "emailVerified": true,
            "enabled": true,
            "credentials": [{ "type": "password", "value": Keycloak::PASSWORD }],
        }],
    })
}

impl Drop for Keycloak {
    fn drop(&mut self) {
        // It may have ended by itself; then its number may be another's.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let group = Pid::from_raw(self.child.id().cast_signed());
        let _ = killpg(group, Signal::SIGTERM);
        let begun = Instant::now();
        while begun.elapsed() < STOP {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
