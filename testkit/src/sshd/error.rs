//! Why there is no server.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum SshdError {
    #[error("{0} is not installed (Debian: openssh-server, openssh-client)")]
    NotInstalled(&'static str),
    #[error("cannot {doing} {}", path.display())]
    Files { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("cannot run {program}")]
    Run { program: &'static str, source: std::io::Error },
    #[error("ssh-keygen failed: {0}")]
    KeyGen(String),
    #[error("no account for this process")]
    NoAccount,
    #[error("no free port")]
    NoPort(#[source] std::io::Error),
    #[error("sshd did not start: {0}")]
    NotReady(String),
}

impl SshdError {
    pub(super) fn files(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files { doing, path, source }
    }
}
