//! `bench stats`: every kind of statistics over 90 days, beside a route that only runs `SELECT 1`.
//!
//! `FOOTFALL_BENCH_LEVELS=1,10g,100g` measures at 714 thousand page views, at ten and at a hundred times that; the growth is what
//! the larger costs over the one before. A level is loaded by the product, event by event; with a `g` only read models are made,
//! which is what there is room for at a hundred times. Either is built once and kept in the folder of the bench.

mod generated;
mod generated_columns;
mod generated_row;
mod level;
mod loading;
mod measure;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::requests::rounded;
use crate::dev::Folder;
use level::Level;

/// Median milliseconds by measure, to set levels beside each other.
type Medians = BTreeMap<String, f64>;

/// Measures at the levels that the environment names.
///
/// # Errors
/// When anything does not work.
pub async fn run() -> anyhow::Result<()> {
    let levels = std::env::var("FOOTFALL_BENCH_LEVELS").unwrap_or_else(|_| "1".to_owned());
    run_at(&levels, &Folder::open()?).await
}

/// Measures at each of `levels`, which are kept in `folder`.
///
/// # Errors
/// When anything does not work.
pub async fn run_at(levels: &str, folder: &Folder) -> anyhow::Result<()> {
    let levels: Vec<Level> =
        levels.split(',').map(|text| text.trim().parse()).collect::<anyhow::Result<_>>()?;
    let mut before: Option<(Level, Medians)> = None;
    for level in levels {
        let medians = at(level, folder).await?;
        if let Some((smaller, base)) = &before {
            for (measure, median) in &medians {
                let Some(base) = base.get(measure) else { continue };
                print(json!({
                    "measure": "growth", "of": measure, "from": smaller.name(), "to": level.name(),
                    "p50_factor": rounded(median / base.max(0.001)),
                }));
            }
        }
        before = Some((level, medians));
    }
    Ok(())
}

async fn at(level: Level, folder: &Folder) -> anyhow::Result<Medians> {
    let mut site = level.site(folder).await?;
    let measured = async {
        level.fill(&site).await?;
        let medians = measure::measure(&mut site, level).await?;
        if !level.generated {
            loading::measure(&mut site, level).await?;
        }
        Ok(medians)
    };
    let measured: anyhow::Result<Medians> = measured.await;
    let stopped = tokio::task::spawn_blocking(move || site.house.stop()).await?;
    let medians = measured?;
    stopped.map(|_| medians)
}

fn print(mut line: Value) {
    line["bench"] = "stats".into();
    println!("{line}");
}
