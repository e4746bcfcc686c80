//! `data-service jobs`: looks at jobs and cancels them.

use anyhow::Context;
use common::boot::Running;
use common::jobs::{self, JobFilter};

use super::operator;
use crate::app::draw_job::draw;
use crate::cli::JobsCommand;
use crate::config::Config;

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
