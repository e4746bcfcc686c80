//! An embedded Postgres: a private cluster run from the machine's own server binaries.
//!
//! `footfall-dev` uses it for the demo, [`crate::db`] for tests. `DATABASE_URL` always wins: then nothing is started.

mod account;
mod binaries;
mod error;
mod home;
mod initdb;
mod port;
mod process;
mod profile;
mod ready;

pub use account::Account;
pub use binaries::Binaries;
pub use error::PostgresError;
pub use home::Home;
pub use initdb::SUPERUSER;
pub use process::Process;
pub use profile::Profile;

pub(crate) use initdb::ensure as ensure_data;
pub(crate) use port::free_port;
pub(crate) use process::{end_with_parent, not_ready, server as server_command, url as local_url};
pub(crate) use ready::{Report, wait_until_ready};

use std::path::Path;

/// A Postgres to work on: one that somebody else runs, or our own child process.
#[derive(Debug)]
pub enum Postgres {
    /// Named by `DATABASE_URL`; never started or stopped by us.
    External {
        url: String,
    },
    Embedded(Process),
}

impl Postgres {
    /// Uses `DATABASE_URL` when it is set, else starts the cluster in `dir`, creating it on first use. Blocks until ready.
    pub fn start(dir: &Path, profile: Profile) -> Result<Self, PostgresError> {
        match external_url() {
            Some(url) => Ok(Self::External { url }),
            None => Process::start(dir, profile).map(Self::Embedded),
        }
    }

    /// The address of `database`, as the role that owns the schema.
    pub fn url(&self, database: &str) -> String {
        match self {
            Self::External { url } => with_database(url, database),
            Self::Embedded(process) => process.url(database),
        }
    }

    /// Stops an embedded cluster and waits for it; leaves an external one alone.
    pub fn stop(self) -> Result<(), PostgresError> {
        match self {
            Self::External { .. } => Ok(()),
            Self::Embedded(process) => process.stop(),
        }
    }
}

/// `DATABASE_URL`, unless it is unset or empty.
pub fn external_url() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|url| !url.trim().is_empty())
}

/// The same server and credentials, another database.
pub fn with_database(url: &str, database: &str) -> String {
    let (base, query) = match url.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (url, String::new()),
    };
    let authority = base.find("://").map_or(0, |at| at + 3);
    let host_end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
    format!("{}/{database}{query}", &base[..host_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(
            with_database("postgres://u:p@h:1/a?sslmode=require", "b"),
            "postgres://u:p@h:1/b?sslmode=require"
        );
        assert_eq!(with_database("postgres://u@h", "b"), "postgres://u@h/b");
    }
}
