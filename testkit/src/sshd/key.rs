//! Key pairs, made by `ssh-keygen`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::SshdError;

/// The kinds of keys in use today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    Ed25519,
    Ecdsa,
    Rsa,
}

impl KeyKind {
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::Ecdsa, Self::Rsa];

    const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::Ecdsa => "ecdsa",
            Self::Rsa => "rsa",
        }
    }

    /// Where the private key of this kind lies in `folder`; the public one beside it in `.pub`.
    pub(super) fn file(self, folder: &Path, role: &str) -> PathBuf {
        folder.join(format!("{role}_{}", self.name()))
    }
}

/// Makes the key pair in `file` unless it is there.
pub(super) fn ensure(kind: KeyKind, file: &Path, passphrase: &str) -> Result<(), SshdError> {
    if file.exists() {
        return Ok(());
    }
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", kind.name(), "-N", passphrase, "-C", "footfall-test", "-f"]);
    command.arg(file);
    if kind == KeyKind::Rsa {
        command.args(["-b", "2048"]);
    }
    run(command).map(drop)
}

/// As `SHA256:…`, the form in which connections pin it.
pub(super) fn fingerprint(public_key: &Path) -> Result<String, SshdError> {
    let mut command = Command::new("ssh-keygen");
    command.args(["-l", "-E", "sha256", "-f"]).arg(public_key);
    let shown = run(command)?;
    let fingerprint = shown.split_whitespace().nth(1);
    fingerprint.map(str::to_owned).ok_or_else(|| SshdError::KeyGen(shown.clone()))
}

fn run(mut command: Command) -> Result<String, SshdError> {
    let output = command.output().map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => SshdError::NotInstalled("ssh-keygen"),
        _ => SshdError::Run { program: "ssh-keygen", source },
    })?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(SshdError::KeyGen(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}
