//! The floor of loading: `COPY … FROM STDIN` by the owner, of the rows that were loaded, into a table like one of the
//! partitions they lie in: logged, with the same indexes, on the same cluster.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use common::db::sql::Text;
use common::kernel::DateRange;
use futures_util::TryStreamExt;
use sqlx::postgres::PgPoolCopyExt;
use sqlx::{Connection, Executor, PgConnection, PgPool};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

const TABLE: &str = "bench_floor";

/// Copies the events of `days` out to a file, then in again. Answers how many rows that were and how long the way in took.
///
/// # Errors
/// When the database refuses.
pub async fn measure(
    owner_url: &str,
    folder: &Path,
    days: DateRange,
) -> anyhow::Result<(u64, Duration)> {
    let file = folder.join("events.copy");
    let pool = PgPool::connect(owner_url).await?;
    let mut out = File::create(&file).await?;
    let (first, last) = (days.first(), days.last());
    let mut rows = pool
        .copy_out_raw(&format!(
            "COPY (SELECT * FROM event WHERE event_date BETWEEN '{first}' AND '{last}') TO STDOUT"
        ))
        .await?;
    while let Some(chunk) = rows.try_next().await? {
        out.write_all(&chunk).await?;
    }
    out.flush().await?;
    drop(rows);
    pool.close().await;

    let mut connection = PgConnection::connect(owner_url).await?;
    connection
        .execute(Text::trusted(format!(
            "DROP TABLE IF EXISTS {TABLE}; CREATE TABLE {TABLE} (LIKE event INCLUDING ALL)"
        )))
        .await?;
    let begun = Instant::now();
    let mut copy = connection.copy_in_raw(&format!("COPY {TABLE} FROM STDIN")).await?;
    copy.read_from(File::open(&file).await?).await?;
    let rows = copy.finish().await?;
    let took = begun.elapsed();
    connection.execute(Text::trusted(format!("DROP TABLE {TABLE}"))).await?;
    tokio::fs::remove_file(&file).await.context("delete the copied rows")?;
    Ok((rows, took))
}
