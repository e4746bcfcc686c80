//! `data-service backfill`: loads the past of a tenant as the operator, or tells what that would take.

use clap::Args;
use common::boot::Running;

use super::operator;
use super::steps::ingestion;
use crate::app::first_connect::{discover, estimate, window};
use crate::app::submit_job::{IngestRequest, JobRequest, submit_job};
use crate::config::Config;

/// What `backfill` is told.
#[derive(Debug, Args)]
pub struct BackfillArgs {
    /// The tenant's short name.
    #[arg(long, value_name = "SLUG")]
    tenant: String,
    /// Months back from today.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=60))]
    months: u32,
    /// A GA4 property number; all of them without it.
    #[arg(long, value_name = "NUMBER")]
    property: Vec<i64>,
    /// Only tell what the key sees and what loading would take.
    #[arg(long)]
    estimate: bool,
}

/// Prints the job's id, or the estimate.
///
/// # Errors
/// When the tenant is unknown, its connection cannot be used, or BigQuery does not answer.
pub async fn backfill(running: Running<Config>, arguments: BackfillArgs) -> anyhow::Result<()> {
    let BackfillArgs { tenant, months, property: properties, estimate: only_told } = arguments;
    let scope = operator::scope_of_slug(&running.db, &tenant).await?;
    if !only_told {
        let first = Some(window(running.clock.now().date_naive(), months));
        let request =
            JobRequest::Ingest(IngestRequest { properties, first, ..IngestRequest::default() });
        let mut tx = running.db.tenant(&scope).await?;
        let submitted = submit_job(&mut tx, &request, "cli".to_owned()).await?;
        tx.commit().await?;
        println!("{}", submitted.job_id);
        return Ok(());
    }
    let ingestion = ingestion(&running, &running.db)?;
    let source = ingestion.source(&scope).await?;
    for found in discover(&ingestion, &source).await? {
        let rights = found.rights;
        println!(
            "{}.{}: {} days, lists tables {}, reads rows {}, runs queries {}",
            found.project,
            found.dataset,
            found.days,
            rights.list_tables,
            rights.read_rows,
            rights.run_queries
        );
    }
    for told in estimate(&ingestion, &scope, &source, &properties, months).await? {
        println!(
            "property {}: {} days to load, {} loaded, {} rows, {} bytes, {} bytes billed",
            told.property_id, told.days, told.loaded_days, told.rows, told.bytes, told.billed_bytes
        );
    }
    Ok(())
}
