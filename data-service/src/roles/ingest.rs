//! `data-service ingest`: submits an ingestion and, if asked to, watches it.

use std::time::Duration;

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Args;
use common::boot::Running;
use common::db::Db;
use common::jobs::{self, JobState, JobView};
use common::kernel::{DateRange, JobId, TenantScope};
use common::lifecycle::Shutdown;
use indicatif::{ProgressBar, ProgressStyle};

use super::operator;
use crate::app::submit_job::{IngestRequest, JobRequest, submit_job};
use crate::config::Config;

/// What `ingest` is told.
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// The tenant's short name.
    #[arg(long, value_name = "SLUG")]
    pub tenant: String,
    /// GA4 property number; all configured ones without it.
    #[arg(long, value_name = "NUMBER")]
    pub property: Vec<i64>,
    /// First day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
    /// Read days again that did not change at the source.
    #[arg(long)]
    pub reload: bool,
    /// Stay until the job is finished and show its progress.
    #[arg(long)]
    pub wait: bool,
}

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Prints the job's id; with `--wait` also how it goes.
///
/// # Errors
/// When the tenant is unknown, the range impossible, or the awaited job does not succeed.
pub async fn ingest(running: Running<Config>, arguments: IngestArgs) -> anyhow::Result<()> {
    let IngestArgs { tenant, property: properties, from: first, to: last, reload, wait } =
        arguments;
    if let (Some(first), Some(last)) = (first, last) {
        DateRange::new(first, last)?;
    }
    let scope = operator::scope_of_slug(&running.db, &tenant).await?;
    let request = JobRequest::Ingest(IngestRequest { properties, first, last, reload });
    let mut tx = running.db.tenant(&scope).await?;
    let submitted = submit_job(&mut tx, &request, "cli".to_owned()).await?;
    tx.commit().await?;
    println!("{}", submitted.job_id);
    if wait {
        watch(&running.db, &scope, submitted.job_id, running.tasks.shutdown()).await?;
    }
    Ok(())
}

async fn watch(
    db: &Db,
    scope: &TenantScope,
    job: JobId,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template(
        "{spinner} [{elapsed_precise}] {wide_bar} {human_pos}/{human_len} rows, {msg}",
    )?);
    bar.enable_steady_tick(LOOK_EVERY);
    loop {
        let mut tx = db.tenant(scope).await?;
        let view = jobs::show(&mut tx, job).await?.context("the job is gone")?;
        drop(tx);
        show(&bar, &view);
        if view.summary.state.finished() {
            bar.finish();
            return verdict(&view);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = shutdown.wait() => {
                bar.abandon_with_message("no longer watching; the job goes on");
                return Ok(());
            }
        }
    }
}

fn show(bar: &ProgressBar, job: &JobView) {
    let progress = job.steps.iter().filter_map(|step| step.progress.as_ref());
    let (done, total) =
        progress.fold((0, 0), |(done, total), p| (done + p.rows_done, total + p.rows_total));
    bar.set_length(total.max(done));
    bar.set_position(done);
    let counts = job.summary.steps;
    let ended = counts.done + counts.failed + counts.dropped;
    bar.set_message(format!("{ended} of {} steps, {}", counts.total, job.summary.state));
}

fn verdict(job: &JobView) -> anyhow::Result<()> {
    if matches!(job.summary.state, JobState::Succeeded | JobState::SucceededWithRejects) {
        return Ok(());
    }
    let last = job.steps.iter().flat_map(|step| &step.exceptions).max_by_key(|e| e.at);
    match last {
        Some(exception) => {
            bail!("the job {}: {} ({})", job.summary.state, exception.message, exception.code)
        }
        None => bail!("the job {}", job.summary.state),
    }
}
