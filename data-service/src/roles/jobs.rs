//! `data-service jobs`: looks at jobs and cancels them.

use anyhow::Context;
use clap::Subcommand;
use common::boot::Running;
use common::jobs::{self, JobFilter};
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
}

/// # Errors
/// When the tenant or the job is unknown, or the job cannot be cancelled.
pub async fn jobs(running: Running<Config>, command: JobsCommand) -> anyhow::Result<()> {
    let db = &running.db;
    match command {
        JobsCommand::List { tenant, limit } => {
            let scope = operator::scope_of_slug(db, &tenant).await?;
            let mut tx = db.tenant(&scope).await?;
            for job in jobs::list(&mut tx, &JobFilter::default(), None, limit.into()).await? {
                let at = job.created_at.format("%Y-%m-%d %H:%M:%S");
                let steps = format!("{}/{} steps", job.steps.done, job.steps.total);
                println!("{}  {at}  {:<14} {:<22} {steps}", job.job_id, job.kind, job.state);
            }
        }
        JobsCommand::Show { id } => {
            let scope = operator::scope_of_job(db, id).await?;
            let mut tx = db.tenant(&scope).await?;
            let job = jobs::show(&mut tx, id).await?.context("the job is gone")?;
            print!("{}", draw(&job));
        }
        JobsCommand::Cancel { id } => {
            let scope = operator::scope_of_job(db, id).await?;
            let mut tx = db.tenant(&scope).await?;
            let state = jobs::cancel(&mut tx, id).await?;
            tx.commit().await?;
            println!("{id} {state}");
        }
    }
    Ok(())
}
