//! How much a cluster is worth: a test's is thrown away, the demo's must survive a crash.

/// Settings on top of the server's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Nothing is flushed to disk, but commits still wait for their log record, so ordering stays as in production.
    Test,
    /// What production would run with.
    Durable,
}

impl Profile {
    pub(crate) fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Test => &[
                "fsync=off",
                "full_page_writes=off",
                "synchronous_commit=on",
                "max_connections=300",
                "autovacuum=off",
            ],
            Self::Durable => &["max_connections=200", "shared_buffers=256MB", "max_wal_size=2GB"],
        }
    }

    /// Client authentication. The superuser always needs its password: it may run programs as the server's account.
    /// In tests the unprivileged logins need none.
    pub(super) fn client_authentication(self, superuser: &str) -> String {
        let others = match self {
            Self::Test => "trust",
            Self::Durable => "scram-sha-256",
        };
        format!(
            "local all {superuser} scram-sha-256\n\
             host all {superuser} 127.0.0.1/32 scram-sha-256\n\
             local all all {others}\n\
             host all all 127.0.0.1/32 {others}\n"
        )
    }
}
