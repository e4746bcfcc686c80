//! `data-service jobs`: looks at jobs and changes their course.

use anyhow::Context;
use clap::Subcommand;
use common::boot::Running;
use common::db::Db;
use common::jobs::control::{self, ControlError, Share};
use common::jobs::{self, JobFilter, JobState};
use common::kernel::JobId;

use super::operator;
use crate::app::draw_job::draw;
use crate::config::Config;

/// What `jobs` is told.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// The newest jobs of a tenant.
    List {
        /// The tenant's short name.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
        limit: u16,
    },
    /// A job's steps as a graph.
    Show { id: JobId },
    /// Stop a job.
    Cancel { id: JobId },
    /// Start no further step of a job.
    Pause { id: JobId },
    /// Let a paused job go on.
    Resume { id: JobId },
    /// Run the failed steps of a job again.
    Retry { id: JobId },
    /// Decide how much of the workers a tenant gets.
    Share {
        /// The tenant's short name.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// Steps at once.
        #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
        slots: Option<u16>,
        /// Turns compared with other tenants, from 0.01 to 1000.
        #[arg(long, value_parser = weight)]
        weight: Option<f64>,
    },
}

/// # Errors
/// When the tenant or the job is unknown, or the job does not let it happen.
pub async fn jobs(running: Running<Config>, command: JobsCommand) -> anyhow::Result<()> {
    let db = &running.db;
    match command {
        JobsCommand::List { tenant, limit } => list(db, &tenant, limit).await,
        JobsCommand::Show { id } => show(db, id).await,
        JobsCommand::Cancel { id } => {
            change(db, id, async |tx, id| jobs::cancel(tx, id).await).await
        }
        JobsCommand::Pause { id } => {
            change(db, id, async |tx, id| control::pause(tx, id).await).await
        }
        JobsCommand::Resume { id } => {
            change(db, id, async |tx, id| control::resume(tx, id).await).await
        }
        JobsCommand::Retry { id } => {
            change(db, id, async |tx, id| control::retry(tx, id).await).await
        }
        JobsCommand::Share { tenant, slots, weight } => {
            let scope = operator::scope_of_slug(db, &tenant).await?;
            let mut tx = db.tenant(&scope).await?;
            let slots = slots.map(i32::from);
            control::set_share(&mut tx, Share { slots, weight }).await?;
            Ok(tx.commit().await?)
        }
    }
}

async fn list(db: &Db, tenant: &str, limit: u16) -> anyhow::Result<()> {
    let scope = operator::scope_of_slug(db, tenant).await?;
    let mut tx = db.tenant(&scope).await?;
    for job in jobs::list(&mut tx, &JobFilter::default(), None, limit.into()).await? {
        let at = job.created_at.format("%Y-%m-%d %H:%M:%S");
        let steps = format!("{}/{} steps", job.steps.done, job.steps.total);
        println!("{}  {at}  {:<14} {:<22} {steps}", job.job_id, job.kind, job.state);
    }
    Ok(())
}

async fn show(db: &Db, id: JobId) -> anyhow::Result<()> {
    let scope = operator::scope_of_job(db, id).await?;
    let mut tx = db.tenant(&scope).await?;
    let job = jobs::show(&mut tx, id).await?.context("the job is gone")?;
    print!("{}", draw(&job));
    Ok(())
}

async fn change(
    db: &Db,
    id: JobId,
    change: impl AsyncFnOnce(&mut common::db::TenantTx, JobId) -> Result<JobState, ControlError>,
) -> anyhow::Result<()> {
    let scope = operator::scope_of_job(db, id).await?;
    let mut tx = db.tenant(&scope).await?;
    let state = change(&mut tx, id).await?;
    tx.commit().await?;
    println!("{id} {state}");
    Ok(())
}

fn weight(text: &str) -> Result<f64, String> {
    let weight: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.01..=1000.0).contains(&weight) {
        Ok(weight)
    } else {
        Err("must be from 0.01 to 1000".to_owned())
    }
}
