//! `bench ingest`: a day from the wire to committed facts and rollups, beside `COPY` of the same rows by the owner, and ten
//! times that day: what the worker process takes at most must not grow with it. The stand-in of BigQuery has its answers
//! ready, as `COPY` has its file: making rows up is no part of either.
//!
//! The days are the largest of the sample, where there is one, and generated ones, whose rows are narrower.

use anyhow::Context;
use chrono::NaiveDate;
use common::kernel::DateRange;
use serde_json::{Value, json};

use super::requests::rounded;
use super::site::{DATASET, Site, SourceDay};
use super::{copy_floor, ingestion};
use crate::bigquery::Dataset;
use crate::dev::{sample_dataset, shop_dataset};
use crate::ga4::generator::Generator;

const WORKER: &str = "data-service work";
/// Sessions of the generated day at scale 1, about seven events each.
const SESSIONS: u32 = 3_000;
const SCALES: [u32; 2] = [1, 10];
/// Loaded before anything is measured: the planner is told about a property's first days as they are loaded, which no other
/// day waits for.
const DAYS_BEFORE: usize = 5;
const SESSIONS_BEFORE: u32 = 300;
/// A Saturday.
const FIRST: &str = "2026-03-14";

/// Days of one kind.
struct Source {
    name: &'static str,
    dataset: Dataset,
    range: DateRange,
    before: Vec<NaiveDate>,
    /// One for each scale.
    measured: Vec<NaiveDate>,
}

/// `FOOTFALL_BENCH_SESSIONS` makes the generated days smaller or larger.
///
/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let mut sources = Vec::new();
    if let Some(folder) = crate::sample::dir()
        && let Some((dataset, range)) = sample_dataset(DATASET, &folder)?
    {
        sources.push(sample(dataset, range)?);
    }
    sources.push(generated()?);
    for source in sources {
        let mut site = Site::with(source.dataset.clone(), source.range).await?;
        let measured = measure(&mut site, &source).await;
        let stopped = tokio::task::spawn_blocking(move || site.house.stop()).await?;
        measured?;
        stopped.map(drop)?;
    }
    Ok(())
}

/// The largest day as it is, the next one ten times over, each time of other clients.
fn sample(mut dataset: Dataset, range: DateRange) -> anyhow::Result<Source> {
    let mut days = super::site::source_days(&dataset)?;
    days.sort_by_key(|day| day.rows);
    let mut measured = Vec::new();
    for scale in SCALES {
        let SourceDay { day, .. } = days.pop().context("too few days")?;
        let table = format!("events_{}", day.format("%Y%m%d"));
        for (_, source) in dataset.tables.iter_mut().filter(|(name, _)| *name == table) {
            *source = source.times(scale);
        }
        measured.push(day);
    }
    let before = days.iter().take(DAYS_BEFORE).map(|day| day.day).collect();
    Ok(Source { name: "sample", dataset, range, before, measured })
}

fn generated() -> anyhow::Result<Source> {
    let sessions = match std::env::var("FOOTFALL_BENCH_SESSIONS") {
        Ok(text) => text.trim().parse().context("FOOTFALL_BENCH_SESSIONS")?,
        Err(_) => SESSIONS,
    };
    let first: NaiveDate = FIRST.parse()?;
    let sizes =
        [SESSIONS_BEFORE; DAYS_BEFORE].into_iter().chain(SCALES.map(|scale| sessions * scale));
    let mut dataset = shop_dataset(DATASET, &shop(first, 0));
    dataset.tables.clear();
    let mut days = Vec::new();
    for (day, sessions) in first.iter_days().zip(sizes) {
        dataset.tables.extend(shop(day, sessions).tables());
        days.push(day);
    }
    let range = DateRange::new(first, *days.last().context("no day")?)?;
    let measured = days.split_off(DAYS_BEFORE);
    Ok(Source { name: "generated", dataset, range, before: days, measured })
}

fn shop(day: NaiveDate, sessions_per_day: u32) -> Generator {
    Generator {
        sessions_per_day,
        branches: 50,
        customers: 5_000,
        ..Generator::new(20_260_316, DateRange::single(day))
    }
}

async fn measure(site: &mut Site, source: &Source) -> anyhow::Result<()> {
    let mut peaks = Vec::new();
    // Shows the stand-in how rows are asked for, too.
    for day in &source.before {
        ingestion::load(site, *day, *day).await?;
    }
    for (day, scale) in source.measured.iter().copied().zip(SCALES) {
        let rows = site.days.iter().find(|known| known.day == day).context("no such day")?.rows;
        let wire = site.prepare(day)?;
        let worker = site.house.process(WORKER).context("no worker")?;
        worker.forget_peak()?;
        let took = ingestion::load(site, day, day).await?;
        let peak = worker.peak_memory().context("the worker's memory is not known")?;
        peaks.push(peak);
        let per_second = rows as f64 / took.days.as_secs_f64();
        let owner = site.house.owner_url().context("no database")?;
        let (copied, copy) =
            copy_floor::measure(&owner, site.folder.path(), DateRange::single(day)).await?;
        let copied_per_second = copied as f64 / copy.as_secs_f64();
        print(json!({
            "measure": "load_day", "data": source.name, "scale": scale, "rows": rows,
            "wire_mb": wire >> 20, "seconds": rounded(took.days.as_secs_f64()),
            "seconds_from_request": rounded(took.request.as_secs_f64()),
            "rows_per_second": per_second.round(),
            "copy_rows": copied, "copy_rows_per_second": copied_per_second.round(),
            "ratio_to_copy": rounded(per_second / copied_per_second), "peak_rss_mb": peak >> 20,
        }));
    }
    if let [small, large] = peaks[..] {
        print(json!({
            "measure": "memory_growth", "data": source.name, "from_scale": SCALES[0], "to_scale": SCALES[1],
            "peak_rss_factor": rounded(large as f64 / small as f64),
        }));
    }
    Ok(())
}

fn print(mut line: Value) {
    line["bench"] = "ingest".into();
    println!("{line}");
}
