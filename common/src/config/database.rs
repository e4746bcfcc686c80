//! `[database]`: the one Postgres.

use serde::{Deserialize, Serialize};

use crate::kernel::Secret;

/// How a process reaches Postgres. Each service logs in with its own role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `postgres://login:password@host:port/database`; also as `url_file`.
    #[serde(skip_serializing)]
    pub url: Secret,
    /// Upper bound of this process's pool.
    pub max_connections: u32,
    /// How long a caller waits for a free connection before the answer is 503, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// Limit of one statement, in milliseconds; long work belongs to workers that set their own.
    pub statement_timeout_ms: u64,
    /// Postgres ends a transaction that idles longer, in milliseconds: a guard against leaks.
    pub idle_in_transaction_timeout_ms: u64,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: Secret::default(),
            max_connections: 10,
            acquire_timeout_ms: 3_000,
            statement_timeout_ms: 10_000,
            idle_in_transaction_timeout_ms: 30_000,
        }
    }
}
