//! What readers notice of a load: statistics while a day is replaced every second, beside the same in quiet.

use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{Datelike, NaiveDate, Weekday};
use common::db::sql::Text;
use common::kernel::DateRange;
use serde_json::json;
use sqlx::{Executor, PgConnection};

use super::level::{Level, owner};
use super::measure::STATS;
use super::print;
use crate::bench::ingestion;
use crate::bench::requests::{self, Bound, Latencies, rounded};
use crate::bench::site::Site;

const CONNECTIONS: usize = 4;
/// From the beginning of one load to that of the next.
const EVERY: Duration = Duration::from_secs(1);
/// As many readers as a dashboard has, none of whom asks again at once: a load finds a processor that is not busy with them.
const BOUND: Bound =
    Bound { requests: 100_000, time: Duration::from_secs(12), every: Duration::from_millis(40) };

/// Reads with the caches on, as they are in production.
///
/// # Errors
/// When a load or an answer is not a success.
pub async fn measure(site: &mut Site, level: Level) -> anyhow::Result<()> {
    let (first, last) = (site.tenant.range.first(), site.tenant.range.last());
    let mut owner = owner(site).await?;
    for (name, path) in [
        ("overview_90d", format!("{STATS}/overview?first={first}&last={last}")),
        ("series_90d", format!("{STATS}/series?first={first}&last={last}")),
    ] {
        let quiet = requests::run(&site.api, &path, CONNECTIONS, BOUND).await?;
        let reading = requests::run(&site.api, &path, CONNECTIONS, BOUND);
        let (busy, loads) = while_loading(site, &mut owner, reading).await?;
        let p95 = |seen: &Latencies| seen.percentile(95).as_secs_f64();
        print(json!({
            "measure": format!("{name} while a day is replaced every second"),
            "level": level.name(), "connections": CONNECTIONS, "days_replaced": loads,
            "answers": busy.figures(), "quiet": quiet.figures(),
            "p95_factor": rounded(p95(&busy) / p95(&quiet).max(0.000_001)),
        }));
    }
    Ok(())
}

/// The last Sunday: a day of two fifths, as much as a running day has by noon.
fn quiet_day(range: DateRange) -> NaiveDate {
    range.iter().filter(|day| day.weekday() == Weekday::Sun).last().unwrap_or(range.last())
}

/// Replaces one of the last days as often as it goes until `reading` is done.
async fn while_loading(
    site: &Site,
    owner: &mut PgConnection,
    reading: impl Future<Output = anyhow::Result<Latencies>>,
) -> anyhow::Result<(Latencies, u32)> {
    let day = quiet_day(site.tenant.range);
    let mut loads = 0;
    let loading = async {
        loop {
            let begun = Instant::now();
            // The table is the same: forgotten as it is, it replaces the day all the same.
            let forget = format!(
                "UPDATE shard SET fingerprint = '', loader_version = 0 WHERE date = '{day}'"
            );
            owner.execute(Text::trusted(forget)).await.context("forget the day")?;
            ingestion::load(site, day, day).await?;
            loads += 1;
            tokio::time::sleep(EVERY.saturating_sub(begun.elapsed())).await;
        }
    };
    let seen = tokio::select! {
        seen = reading => seen?,
        failed = loading => {
            let failed: anyhow::Result<std::convert::Infallible> = failed;
            match failed? {}
        }
    };
    Ok((seen, loads))
}
