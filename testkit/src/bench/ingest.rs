//! `bench ingest`: a day from the wire to committed facts and rollups, beside `COPY` of the same rows by the owner, and ten
//! times that day: what the worker process takes at most must not grow with it. The stand-in of BigQuery has its answers
//! ready, as `COPY` has its file: making rows up is no part of either.

use anyhow::Context;
use chrono::NaiveDate;
use common::kernel::DateRange;
use serde_json::{Value, json};

use super::requests::rounded;
use super::site::{DATASET, Site};
use super::{copy_floor, ingestion};
use crate::dev::shop_dataset;
use crate::ga4::generator::Generator;

const WORKER: &str = "data-service work";
/// Sessions of the day at scale 1, about seven events each.
const SESSIONS: u32 = 3_000;
const SCALES: [u32; 2] = [1, 10];
/// A Saturday; it and the day after are loaded before anything is measured, each scale has a day of its own after that. The
/// planner is told about a property's first days as they are loaded, which no other day waits for.
const FIRST: &str = "2026-03-14";
const FIRST_SESSIONS: [u32; 2] = [300, 300];

/// `FOOTFALL_BENCH_SESSIONS` makes the days smaller or larger.
///
/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let sessions = match std::env::var("FOOTFALL_BENCH_SESSIONS") {
        Ok(text) => text.trim().parse().context("FOOTFALL_BENCH_SESSIONS")?,
        Err(_) => SESSIONS,
    };
    let first: NaiveDate = FIRST.parse()?;
    let sizes = FIRST_SESSIONS.into_iter().chain(SCALES.map(|scale| sessions * scale));
    let mut dataset = shop_dataset(DATASET, &shop(first, 0));
    dataset.tables.clear();
    let mut last = first;
    for (day, sessions) in first.iter_days().zip(sizes) {
        dataset.tables.extend(shop(day, sessions).tables());
        last = day;
    }
    let mut site = Site::with(dataset, DateRange::new(first, last)?).await?;
    let measured = measure(&mut site).await;
    let stopped = tokio::task::spawn_blocking(move || site.house.stop()).await?;
    measured?;
    stopped.map(drop)
}

fn shop(day: NaiveDate, sessions_per_day: u32) -> Generator {
    Generator {
        sessions_per_day,
        branches: 50,
        customers: 5_000,
        ..Generator::new(20_260_316, DateRange::single(day))
    }
}

async fn measure(site: &mut Site) -> anyhow::Result<()> {
    let mut peaks = Vec::new();
    let mut days = site.days.clone().into_iter();
    // Shows the stand-in how rows are asked for, too.
    for first in days.by_ref().take(FIRST_SESSIONS.len()) {
        ingestion::load(site, first.day, first.day).await?;
    }
    for (source, scale) in days.zip(SCALES) {
        let wire = site.prepare(source.day)?;
        let worker = site.house.process(WORKER).context("no worker")?;
        worker.forget_peak()?;
        let took = ingestion::load(site, source.day, source.day).await?;
        let peak = worker.peak_memory().context("the worker's memory is not known")?;
        peaks.push(peak);
        let per_second = source.rows as f64 / took.days.as_secs_f64();
        let owner = site.house.owner_url().context("no database")?;
        let (copied, copy) =
            copy_floor::measure(&owner, site.folder.path(), DateRange::single(source.day)).await?;
        let copied_per_second = copied as f64 / copy.as_secs_f64();
        print(json!({
            "measure": "load_day", "scale": scale, "rows": source.rows,
            "wire_mb": wire >> 20, "seconds": rounded(took.days.as_secs_f64()),
            "seconds_from_request": rounded(took.request.as_secs_f64()),
            "rows_per_second": per_second.round(),
            "copy_rows": copied, "copy_rows_per_second": copied_per_second.round(),
            "ratio_to_copy": rounded(per_second / copied_per_second), "peak_rss_mb": peak >> 20,
        }));
    }
    if let [small, large] = peaks[..] {
        print(json!({
            "measure": "memory_growth", "from_scale": SCALES[0], "to_scale": SCALES[1],
            "peak_rss_factor": rounded(large as f64 / small as f64),
        }));
    }
    Ok(())
}

fn print(mut line: Value) {
    line["bench"] = "ingest".into();
    println!("{line}");
}
