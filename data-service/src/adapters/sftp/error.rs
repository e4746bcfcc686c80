//! What can go wrong with a remote file server, told apart by who can mend it.

use common::net::Open;
use ssh2::ErrorCode;

use super::Fingerprint;

// From libssh2.h and libssh2_sftp.h; ssh2 does not pass these names on.
const SESSION_KEX_FAILURE: i32 = -5;
const SESSION_TIMEOUT: i32 = -9;
const SESSION_FILE: i32 = -16;
const SESSION_AUTHENTICATION_FAILED: i32 = -18;
const SESSION_PUBLICKEY_UNVERIFIED: i32 = -19;
const SESSION_KEYFILE_AUTH_FAILED: i32 = -48;
const SESSION_SOCKET_TIMEOUT: i32 = -30;
const SESSION_METHOD_NOT_SUPPORTED: i32 = -33;
const SFTP_NO_SUCH_FILE: i32 = 2;
const SFTP_PERMISSION_DENIED: i32 = 3;
const SFTP_NO_SUCH_PATH: i32 = 10;

/// A failed operation on a file server.
#[derive(Debug, thiserror::Error)]
pub enum SftpError {
    #[error("no address of {host} answers")]
    Unreachable { host: String, source: Option<std::io::Error> },
    #[error("the server did not answer in time while {during}")]
    TimedOut { during: &'static str },
    #[error("the connection broke while {during}: {message}")]
    Broken { during: &'static str, message: String },
    #[error("the server's host key is {}, pinned is {}", shown(offered), shown(pinned))]
    HostKeyMismatch { offered: Vec<Fingerprint>, pinned: Vec<Fingerprint> },
    #[error("the server refused the login of {username}")]
    LoginRefused { username: String },
    #[error("the private key cannot be read, or its passphrase is wrong")]
    KeyUnreadable,
    #[error("the account may not use SFTP: {message}")]
    NoSftp { message: String },
    #[error("{path} does not exist on the server")]
    NotFound { path: String },
    #[error("the account may not read {path}")]
    AccessDenied { path: String },
    /// Size, modification time or byte count differ from what was listed.
    #[error("{path} changed while it was read")]
    Changed { path: String },
    #[error("the server sent more than {limit} folder entries")]
    TooManyEntries { limit: usize },
    /// Refused by ourselves: the server failed too often just now.
    #[error("the server failed repeatedly and is not called for a moment")]
    CircuitOpen(#[from] Open),
    #[error("no thread for the transfer")]
    NoThread(#[source] std::io::Error),
}

fn shown(fingerprints: &[Fingerprint]) -> String {
    if fingerprints.is_empty() {
        return "none".to_owned();
    }
    fingerprints.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl SftpError {
    /// For an exchange that has nothing to do with a path.
    pub(super) fn session(error: &ssh2::Error, during: &'static str) -> Self {
        match error.code() {
            ErrorCode::Session(SESSION_TIMEOUT | SESSION_SOCKET_TIMEOUT) => {
                Self::TimedOut { during }
            }
            _ => Self::Broken { during, message: error.message().to_owned() },
        }
    }

    /// For an exchange about `path`.
    pub(super) fn path(error: &ssh2::Error, path: &str, during: &'static str) -> Self {
        match error.code() {
            ErrorCode::SFTP(SFTP_NO_SUCH_FILE | SFTP_NO_SUCH_PATH) => {
                Self::NotFound { path: path.to_owned() }
            }
            ErrorCode::SFTP(SFTP_PERMISSION_DENIED) => Self::AccessDenied { path: path.to_owned() },
            _ => Self::session(error, during),
        }
    }

    pub(super) fn login(error: &ssh2::Error, username: &str) -> Self {
        match error.code() {
            ErrorCode::Session(SESSION_AUTHENTICATION_FAILED | SESSION_PUBLICKEY_UNVERIFIED) => {
                Self::LoginRefused { username: username.to_owned() }
            }
            ErrorCode::Session(SESSION_FILE | SESSION_KEYFILE_AUTH_FAILED) => Self::KeyUnreadable,
            _ => Self::session(error, "logging in"),
        }
    }

    /// Whether it shows that the server is unwell, and not that it refused.
    pub(super) const fn unwell(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. })
    }

    pub(super) fn read(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::TimedOut {
            Self::TimedOut { during: "reading" }
        } else {
            Self::Broken { during: "reading", message: error.to_string() }
        }
    }

    /// Whether both sides were heard and have no way in common: the server none of what was asked for, or libssh2 itself.
    /// A connection that breaks off before or after that has other codes.
    pub(super) fn is_nothing_in_common(error: &ssh2::Error) -> bool {
        matches!(
            error.code(),
            ErrorCode::Session(SESSION_KEX_FAILURE | SESSION_METHOD_NOT_SUPPORTED)
        )
    }

    /// Whether the folder was listed to its end.
    pub(super) fn is_end_of_folder(error: &ssh2::Error) -> bool {
        error.code() == ErrorCode::Session(SESSION_FILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_is_no_missing_kind_of_key() {
        let error = |code| ssh2::Error::new(ErrorCode::Session(code), "told by libssh2");
        for code in [SESSION_KEX_FAILURE, SESSION_METHOD_NOT_SUPPORTED] {
            assert!(SftpError::is_nothing_in_common(&error(code)), "{code}");
        }
        // No socket, no banner, a broken exchange, hung up, reset: all of them may pass.
        for code in [-1, -2, -8, SESSION_TIMEOUT, -13, SESSION_SOCKET_TIMEOUT, -43] {
            assert!(!SftpError::is_nothing_in_common(&error(code)), "{code}");
        }
    }
}
