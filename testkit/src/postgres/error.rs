use std::path::PathBuf;

/// Why an embedded Postgres could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    #[error(
        "no Postgres server found (looked in /usr/lib/postgresql/*/bin, pg_config --bindir and PATH); \
         install it (Debian: apt-get install postgresql) or set DATABASE_URL"
    )]
    NotInstalled,
    #[error(
        "Postgres refuses to run as root and this machine has neither a user postgres nor nobody"
    )]
    NoAccount,
    #[error("could not {action} {}", path.display())]
    Files { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("could not run {}", program.display())]
    Run { program: PathBuf, source: std::io::Error },
    #[error("initdb failed: {output}")]
    Initdb { output: String },
    #[error("Postgres did not start; the end of {}:\n{tail}", log.display())]
    NotReady { log: PathBuf, tail: String },
    #[error("could not find a free loopback port")]
    Port(#[source] std::io::Error),
    #[error("Postgres did not stop")]
    NotStopped,
}

impl PostgresError {
    pub(crate) fn files(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files { action, path, source }
    }
}
