//! Starting the server and reading what it stored.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use super::Authority;
use crate::tools::{self, MissingTool};

const SCRIPT: &str = include_str!("sink.py");

/// How clients have to protect the connection.
#[derive(Debug, Clone, Copy)]
pub enum Protection<'a> {
    None,
    StartTls(&'a Authority),
    Implicit(&'a Authority),
}

/// What clients have to log in with.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    pub user: &'a str,
    pub password: &'a str,
}

#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    #[error(transparent)]
    Missing(#[from] MissingTool),
    #[error("the mail server cannot be started")]
    Files(#[from] std::io::Error),
    #[error("the mail server did not say where it listens")]
    Silent,
}

/// A message as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    pub from: String,
    pub recipients: Vec<String>,
    pub tls: bool,
    pub authenticated: bool,
    /// Headers and body, byte for byte.
    pub raw: String,
}

/// What the script writes beside a message.
#[derive(Debug, Deserialize)]
struct About {
    from: String,
    recipients: Vec<String>,
    tls: bool,
    authenticated: bool,
}

#[derive(Debug, Deserialize)]
struct Started {
    port: u16,
}

/// A running server; ends with this value.
#[derive(Debug)]
pub struct SmtpSink {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl SmtpSink {
    /// Starts on `port` (0 takes a free one) and stores into `folder`.
    ///
    /// # Errors
    /// When Python or its server is not installed, or the port is taken.
    pub fn start(
        folder: &Path,
        port: u16,
        protection: Protection<'_>,
        login: Option<Login<'_>>,
    ) -> Result<Self, SinkError> {
        crate::canary::logs::keep_own();
        std::fs::create_dir_all(folder)?;
        let mut command = tools::python()?;
        command.args(["-c", SCRIPT, "--port", &port.to_string(), "--folder"]).arg(folder);
        protect(&mut command, folder, protection)?;
        if let Some(Login { user, password }) = login {
            command.args(["--user", user, "--password", password]);
        }
        let log = std::fs::File::create(folder.join("server.log"))?;
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn()?;
        let port = started(&mut child);
        let sink = Self { child, port: port.unwrap_or_default(), folder: folder.to_owned() };
        // The value exists by now, so a silent child is ended with it.
        port.map(|_| sink).ok_or(SinkError::Silent)
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Every message so far, in the order of arrival.
    ///
    /// # Errors
    /// When a stored file cannot be read.
    pub fn messages(&self) -> std::io::Result<Vec<StoredMessage>> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)?
            .map(|entry| entry.map(|e| e.path()))
            .collect::<Result<_, _>>()?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        files
            .iter()
            .map(|file| {
                let about = std::fs::read_to_string(file.with_extension("json"))?;
                let About { from, recipients, tls, authenticated } = serde_json::from_str(&about)?;
                let raw = std::fs::read_to_string(file)?;
                Ok(StoredMessage { from, recipients, tls, authenticated, raw })
            })
            .collect()
    }
}

fn protect(
    command: &mut Command,
    folder: &Path,
    protection: Protection<'_>,
) -> std::io::Result<()> {
    let (mode, authority) = match protection {
        Protection::None => return Ok(()),
        Protection::StartTls(authority) => ("starttls", authority),
        Protection::Implicit(authority) => ("implicit", authority),
    };
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, &authority.certificate)?;
    std::fs::write(&key, &authority.key)?;
    command.args(["--tls", mode, "--certificate"]).arg(certificate).arg("--key").arg(key);
    Ok(())
}

fn started(child: &mut Child) -> Option<u16> {
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    serde_json::from_str::<Started>(&line).ok().map(|started| started.port)
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        // It stores each message whole before it answers: ending it at once loses nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
