//! `bench stats`: every kind of statistics over 90 days, beside a route that only runs `SELECT 1`.
//!
//! `FOOTFALL_BENCH_SCALES=1,10` measures at 714 thousand page views and at ten times that; the
//! growth is what the larger costs over the smaller.

use std::collections::BTreeMap;

use anyhow::Context;
use common::kernel::DateRange;
use serde_json::{Value, json};

use super::requests::rounded;
use super::site::Site;
use super::{ingestion, requests};
use crate::dev::shop_dataset;
use crate::ga4::generator::Generator;

const SELECT_1: &str = "/analytics/v1/health/database";
const CONNECTIONS: [usize; 2] = [1, 16];
const REQUESTS: usize = 400;
/// Sessions of a working day at scale 1, which make about 714 thousand page views in 90 days.
const SESSIONS_PER_DAY: u32 = 3_300;
const BRANCHES: u32 = 50;

/// Median milliseconds by measure, to set scales beside each other.
type Medians = BTreeMap<String, f64>;

/// Measures at each scale.
///
/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let scales = std::env::var("FOOTFALL_BENCH_SCALES").unwrap_or_else(|_| "1".to_owned());
    let mut before: Option<(u32, Medians)> = None;
    for scale in scales.split(',') {
        let scale: u32 = scale.trim().parse().context("FOOTFALL_BENCH_SCALES")?;
        let medians = at_scale(scale).await?;
        if let Some((smaller, base)) = &before {
            for (measure, median) in &medians {
                let growth = base.get(measure).map(|base| rounded(median / base.max(0.001)));
                print(json!({
                    "measure": "growth", "of": measure, "from_scale": smaller, "to_scale": scale,
                    "p50_factor": growth,
                }));
            }
        }
        before = Some((scale, medians));
    }
    Ok(())
}

async fn at_scale(scale: u32) -> anyhow::Result<Medians> {
    let days = DateRange::new("2026-01-01".parse()?, "2026-03-31".parse()?)?;
    let shop = Generator {
        sessions_per_day: SESSIONS_PER_DAY * scale,
        branches: BRANCHES,
        customers: 5_000,
        ..Generator::new(20_260_101, days)
    };
    let mut site = Site::with(shop_dataset(super::site::DATASET, &shop), days).await?;
    let measured = measure(&mut site, scale).await;
    let stopped = tokio::task::spawn_blocking(move || site.house.stop()).await?;
    let medians = measured?;
    stopped.map(|_| medians)
}

async fn measure(site: &mut Site, scale: u32) -> anyhow::Result<Medians> {
    let (first, last) = (site.tenant.range.first(), site.tenant.range.last());
    let took = ingestion::load(site, first, last).await?;
    let stats = "/analytics/v1/stats";
    let range = format!("first={first}&last={last}");
    let whole = site.api.get(&format!("{stats}/overview?{range}")).await?;
    let value = |metric: &str| whole["metrics"][metric]["value"].clone();
    print(json!({
        "measure": "data", "scale": scale, "seconds_to_load": rounded(took.as_secs_f64()),
        "page_views": value("page_views"), "sessions": value("sessions"),
        "users": value("total_users"), "branches": BRANCHES,
    }));
    let locations = site.api.get(&format!("{stats}/locations?{range}")).await?;
    let code = locations["locations"][0]["code"].as_str().context("no branch")?.to_owned();
    let week = format!("first={}&last={last}", last - chrono::Days::new(6));
    let routes = [
        ("overview_7d", format!("{stats}/overview?{week}")),
        ("overview_90d", format!("{stats}/overview?{range}")),
        ("locations_90d", format!("{stats}/locations?{range}")),
        ("series_90d", format!("{stats}/series?{range}")),
        ("breakdown_device_90d", format!("{stats}/breakdown?{range}&dimension=device")),
        ("breakdown_landing_page_90d", format!("{stats}/breakdown?{range}&dimension=landing_page")),
        ("filtered_90d", format!("{stats}/breakdown?{range}&dimension=device&location={code}")),
    ];
    let mut medians = Medians::new();
    for (cache, setting) in [("cold", "false"), ("warm", "true")] {
        let settings = [("FOOTFALL_CACHE__ENABLED", setting)];
        site.house.restart("analytics-service serve", &settings).await?;
        for connections in CONNECTIONS {
            let each = REQUESTS / connections;
            let floor = requests::run(&site.api, SELECT_1, connections, each).await?;
            for (name, path) in &routes {
                let seen = requests::run(&site.api, path, connections, each).await?;
                print(json!({
                    "measure": name, "scale": scale, "cache": cache, "connections": connections,
                    "answers": seen.figures(), "select_1": floor.figures(),
                    "ratio_of_throughput": rounded(seen.per_second() / floor.per_second()),
                }));
                let median = seen.percentile(50).as_secs_f64() * 1_000.0;
                medians.insert(format!("{name} {cache} {connections}"), median);
            }
        }
    }
    let process = site.house.process("analytics-service serve").context("no API process")?;
    let peak = process.peak_memory().context("its memory is not known")?;
    print(
        json!({ "measure": "analytics_serve_memory", "scale": scale, "peak_rss_mb": peak >> 20 }),
    );
    Ok(medians)
}

fn print(mut line: Value) {
    line["bench"] = "stats".into();
    println!("{line}");
}
