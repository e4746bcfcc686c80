//! Each kind of answer, with our caches off and on, over one connection and over sixteen.

use anyhow::Context;
use chrono::Days;
use serde_json::json;

use super::level::{BRANCHES, Level, owner};
use super::{Medians, print};
use crate::bench::requests::{self, Bound, rounded};
use crate::bench::site::Site;
use common::db::sql::Text;
use sqlx::{Executor, Row};

const SELECT_1: &str = "/analytics/v1/health/database";
pub const STATS: &str = "/analytics/v1/stats";
const CONNECTIONS: [usize; 2] = [1, 16];
/// Metrics that are sums over the rows of rollups, and no users.
const ADDITIVE: &str = "metrics=sessions,page_views,purchases,revenue";

/// Measures every route; answers the medians by measure.
///
/// # Errors
/// When an answer is not a success.
pub async fn measure(site: &mut Site, level: Level) -> anyhow::Result<Medians> {
    describe(site, level).await?;
    let routes = routes(site).await?;
    let mut medians = Medians::new();
    for (cache, setting) in [("cold", "false"), ("warm", "true")] {
        let settings = [("FOOTFALL_CACHE__ENABLED", setting)];
        site.house.restart("analytics-service serve", &settings).await?;
        for connections in CONNECTIONS {
            let bound = Bound::default();
            for (name, path) in &routes {
                // The floor beside each, so that a disturbance meets both.
                let floor = requests::run(&site.api, SELECT_1, connections, bound).await?;
                let seen = match requests::run(&site.api, path, connections, bound).await {
                    Ok(seen) => seen,
                    // More than the pool bears is a figure too, and the other routes have theirs.
                    Err(error) => {
                        print(json!({
                            "measure": name, "level": level.name(), "cache": cache,
                            "connections": connections, "failed": error.to_string(),
                        }));
                        continue;
                    }
                };
                print(json!({
                    "measure": name, "level": level.name(), "cache": cache,
                    "connections": connections,
                    "answers": seen.figures(), "select_1": floor.figures(),
                    "ratio_of_throughput": rounded(seen.per_second() / floor.per_second()),
                }));
                let median = seen.percentile(50).as_secs_f64() * 1_000.0;
                medians.insert(format!("{name} {cache} {connections}"), median);
            }
        }
        let process = site.house.process("analytics-service serve").context("no API process")?;
        let peak = process.peak_memory().context("its memory is not known")?;
        print(json!({
            "measure": "analytics_serve_memory", "level": level.name(), "cache": cache,
            "peak_rss_mb": peak >> 20,
        }));
    }
    Ok(medians)
}

async fn describe(site: &Site, level: Level) -> anyhow::Result<()> {
    let (first, last) = (site.tenant.range.first(), site.tenant.range.last());
    let whole = site.api.get(&format!("{STATS}/overview?first={first}&last={last}")).await?;
    let value = |metric: &str| whole["metrics"][metric]["value"].clone();
    let mut owner = owner(site).await?;
    let size = "SELECT pg_database_size(current_database()) AS bytes".to_owned();
    let bytes: i64 = owner.fetch_one(Text::trusted(size)).await?.try_get("bytes")?;
    print(json!({
        "measure": "data", "level": level.name(), "page_views": value("page_views"),
        "sessions": value("sessions"), "users": value("total_users"), "branches": BRANCHES,
        "database_mb": bytes >> 20,
    }));
    Ok(())
}

/// Names and paths.
async fn routes(site: &Site) -> anyhow::Result<Vec<(&'static str, String)>> {
    let (first, last) = (site.tenant.range.first(), site.tenant.range.last());
    let range = format!("first={first}&last={last}");
    let week = format!("first={}&last={last}", last - Days::new(6));
    let locations = site.api.get(&format!("{STATS}/locations?{week}")).await?;
    let code = locations["locations"][0]["code"].as_str().context("no branch")?.to_owned();
    Ok(vec![
        ("overview_7d", format!("{STATS}/overview?{week}")),
        ("overview_90d", format!("{STATS}/overview?{range}")),
        ("overview_of_a_branch_90d", format!("{STATS}/overview?{range}&location={code}")),
        ("locations_90d", format!("{STATS}/locations?{range}")),
        ("series_90d", format!("{STATS}/series?{range}")),
        ("breakdown_device_90d", format!("{STATS}/breakdown?{range}&dimension=device")),
        ("breakdown_landing_page_90d", format!("{STATS}/breakdown?{range}&dimension=landing_page")),
        ("series_additive_90d", format!("{STATS}/series?{range}&{ADDITIVE}")),
        (
            "locations_additive_90d",
            format!("{STATS}/breakdown?{range}&dimension=location&{ADDITIVE}"),
        ),
        (
            "breakdown_device_additive_90d",
            format!("{STATS}/breakdown?{range}&dimension=device&{ADDITIVE}"),
        ),
        ("filtered_7d", format!("{STATS}/breakdown?{week}&dimension=device&location={code}")),
        ("filtered_90d", format!("{STATS}/breakdown?{range}&dimension=device&location={code}")),
    ])
}
