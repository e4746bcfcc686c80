//! `bench smoke`: one look at every part whose speed is promised.

use std::time::Duration;

use anyhow::Context;
use common::kernel::DateRange;
use serde_json::{Value, json};

use super::ingestion::Took;
use super::requests::{Bound, IMMEDIATELY, rounded};
use super::site::Site;
use super::{copy_floor, ingestion, requests};

const SELECT_1: &str = "/analytics/v1/health/database";
const CONNECTIONS: [usize; 2] = [1, 16];
const BOUND: Bound = Bound { requests: 2_000, time: Duration::from_secs(120), ..IMMEDIATELY };

/// Loads the largest day alone, then the others, then reads the overview with the cache off and on.
///
/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let mut site = Site::start().await?;
    let measured = measure(&mut site).await;
    let stopped = tokio::task::spawn_blocking(move || site.house.stop()).await?;
    measured?;
    stopped.map(drop)
}

async fn measure(site: &mut Site) -> anyhow::Result<()> {
    let mut days = site.days.clone();
    days.sort_by_key(|day| day.rows);
    // Shows the stand-in how rows are asked for.
    let smallest = days.remove(0);
    ingestion::load(site, smallest.day, smallest.day).await?;
    for day in &days {
        site.prepare(day.day)?;
    }
    let largest = days.pop().context("one day only")?;
    let took = ingestion::load(site, largest.day, largest.day).await?;
    let worker = site.house.process("data-service work").context("no worker")?;
    let peak = worker.peak_memory().context("the worker's memory is not known")?;
    loaded(site, "load_largest_day", largest.rows, took, DateRange::single(largest.day), peak)
        .await?;

    let rows = days.iter().map(|day| day.rows).sum();
    let range = site.tenant.range;
    let took = ingestion::load(site, range.first(), range.last()).await?;
    let worker = site.house.process("data-service work").context("no worker")?;
    let peak = worker.peak_memory().context("the worker's memory is not known")?;
    loaded(site, "load_other_days", rows, took, range, peak).await?;
    overview(site).await
}

/// Sets a load beside `COPY` of the events of `copied`.
async fn loaded(
    site: &Site,
    measure: &str,
    rows: u64,
    took: Took,
    copied: DateRange,
    peak: u64,
) -> anyhow::Result<()> {
    let per_second = rows as f64 / took.days.as_secs_f64();
    let owner = site.house.owner_url().context("no database")?;
    let (copied, copy) = copy_floor::measure(&owner, site.folder.path(), copied).await?;
    let copied_per_second = copied as f64 / copy.as_secs_f64();
    print(json!({
        "measure": measure, "rows": rows, "seconds": rounded(took.days.as_secs_f64()),
        "seconds_from_request": rounded(took.request.as_secs_f64()),
        "rows_per_second": per_second.round(), "copy_rows": copied,
        "copy_rows_per_second": copied_per_second.round(),
        "ratio_to_copy": rounded(per_second / copied_per_second), "peak_rss_mb": peak >> 20,
    }));
    Ok(())
}

async fn overview(site: &mut Site) -> anyhow::Result<()> {
    let (first, last) = (site.tenant.range.first(), site.tenant.range.last());
    let path = format!("/analytics/v1/stats/overview?first={first}&last={last}");
    for (cache, setting) in [("cold", "false"), ("warm", "true")] {
        let settings = [("FOOTFALL_CACHE__ENABLED", setting)];
        site.house.restart("analytics-service serve", &settings).await?;
        for connections in CONNECTIONS {
            let floor = requests::run(&site.api, SELECT_1, connections, BOUND).await?;
            let seen = requests::run(&site.api, &path, connections, BOUND).await?;
            print(json!({
                "measure": "overview", "cache": cache, "connections": connections,
                "overview": seen.figures(), "select_1": floor.figures(),
                "ratio_of_throughput": rounded(seen.per_second() / floor.per_second()),
            }));
        }
    }
    let process = site.house.process("analytics-service serve").context("no API process")?;
    let peak = process.peak_memory().context("its memory is not known")?;
    print(json!({ "measure": "analytics_serve_memory", "peak_rss_mb": peak >> 20 }));
    Ok(())
}

fn print(mut line: Value) {
    line["bench"] = "smoke".into();
    println!("{line}");
}
