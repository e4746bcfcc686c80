//! An SFTP server nobody here wrote (asyncssh), for what OpenSSH does not do without an account of its own or does not
//! do at all: it takes a password, and it lies, stalls and hangs up as a test asks for.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::tools::{self, MissingTool};

const SCRIPT: &str = include_str!("server.py");
const USER: &str = "shop";

/// How the server wants the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordForm {
    Password,
    /// As the answer to a question: `keyboard-interactive`.
    Question,
}

#[derive(Debug, thiserror::Error)]
pub enum ScriptedSftpError {
    #[error(transparent)]
    Missing(#[from] MissingTool),
    #[error("the SFTP server cannot be started")]
    Files(#[from] std::io::Error),
    #[error("the SFTP server did not say where it listens: {0}")]
    Silent(String),
}

#[derive(Debug, Deserialize)]
struct Started {
    port: u16,
    fingerprint: String,
}

/// A running server over a folder that vanishes with it.
#[derive(Debug)]
pub struct ScriptedSftp {
    child: Child,
    home: TempDir,
    started: Started,
}

impl ScriptedSftp {
    /// Starts a server that lets [`Self::username`] in with `password`.
    ///
    /// # Errors
    /// When Python or asyncssh is not installed.
    pub fn start(form: PasswordForm, password: &str) -> Result<Self, ScriptedSftpError> {
        crate::canary::logs::keep_own();
        let home = tempfile::Builder::new().prefix("footfall-sftp-").tempdir()?;
        let login = match form {
            PasswordForm::Password => "password",
            PasswordForm::Question => "question",
        };
        let log = home.path().join("log");
        let mut child = tools::python()?
            .args(["-c", SCRIPT, "--login", login, "--user", USER, "--password", password])
            .arg("--home")
            .arg(home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        match started(&mut child) {
            Some(started) => Ok(Self { child, home, started }),
            None => {
                // It said nothing: it has ended, or is of no use.
                let _ = child.kill();
                let _ = child.wait();
                Err(ScriptedSftpError::Silent(std::fs::read_to_string(log).unwrap_or_default()))
            }
        }
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.started.port
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.started.port).into()
    }

    /// The account to log in as.
    #[must_use]
    pub const fn username(&self) -> &'static str {
        USER
    }

    /// Of the host key, as `SHA256:…`.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.started.fingerprint
    }

    /// The folder that a client sees on arrival.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.home.path().join("files")
    }

    /// What the server does from now on, by the names of files; the script tells which faults there are.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn misbehave(&self, faults: &Value) -> std::io::Result<()> {
        let unfinished = self.home.path().join("faults.new");
        std::fs::write(&unfinished, faults.to_string())?;
        std::fs::rename(unfinished, self.home.path().join("faults.json"))
    }
}

fn started(child: &mut Child) -> Option<Started> {
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

impl Drop for ScriptedSftp {
    fn drop(&mut self) {
        // It only reads: ending it at once loses nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
