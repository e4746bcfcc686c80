//! What the product costs, measured on this machine: each bench starts everything, prints one JSON line a measure and
//! sets it beside a floor of the same run, because a ratio outlives the machine it was taken on.

mod auth;
mod comparison;
mod copy_floor;
mod ingest;
mod ingestion;
mod jobs;
mod requests;
mod site;
mod smoke;
pub mod stats;

use anyhow::bail;

/// Runs the bench called `name`.
///
/// # Errors
/// When there is none, or it cannot be run to its end.
pub async fn run(name: &str) -> anyhow::Result<()> {
    match name {
        "auth" => auth::run().await,
        "ingest" => ingest::run().await,
        "jobs" => jobs::run().await,
        "smoke" => smoke::run().await,
        "stats" => stats::run().await,
        _ => bail!("no bench `{name}`; there are: auth, ingest, jobs, smoke, stats"),
    }
}
