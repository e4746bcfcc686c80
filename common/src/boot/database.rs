//! The `[database]` section as options of the pool.

use std::time::Duration;

use crate::config::DatabaseSettings;
use crate::db::DbOptions;

/// Options for `service`'s pool; the name shows in `pg_stat_activity`.
pub fn db_options(service: &str, settings: &DatabaseSettings) -> DbOptions {
    DbOptions {
        url: settings.url.clone(),
        max_connections: settings.max_connections,
        acquire_timeout: Duration::from_millis(settings.acquire_timeout_ms),
        statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
        idle_in_transaction_timeout: Duration::from_millis(settings.idle_in_transaction_timeout_ms),
        application_name: service.to_owned(),
    }
}
