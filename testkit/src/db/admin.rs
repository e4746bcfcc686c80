//! Statements on whole databases, outside any transaction.

use std::str::FromStr;

use common::db::sql::Text;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

/// Connects as the role in `url`.
pub(super) async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    PgConnectOptions::from_str(url)?.disable_statement_logging().connect().await
}

/// Runs one statement composed of constants and names we made ourselves.
pub(super) async fn execute(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    connection.execute(Text::trusted(sql)).await.map(drop)
}

/// Like [`execute`], on a connection and a thread of its own, for callers without a runtime.
pub(super) fn execute_blocking(url: &str, sql: String) {
    let url = url.to_owned();
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(async {
            let mut connection = connect(&url).await.ok()?;
            execute(&mut connection, sql).await.ok()?;
            connection.close().await.ok()
        })
    };
    // Best effort: what stays behind is swept by the next test process or goes with the cluster.
    let _ = std::thread::spawn(work).join();
}
