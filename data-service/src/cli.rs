//! The command line.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use common::kernel::JobId;

/// Pulls GA4 exports and master data into Footfall's database.
#[derive(Debug, Parser)]
#[command(name = "data-service", version)]
pub struct Cli {
    /// Configuration file; environment variables FOOTFALL_<SECTION>__<KEY> win over it.
    #[arg(long, global = true, env = "FOOTFALL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer the web API.
    Serve,
    /// Run the steps of jobs.
    Work,
    /// Submit an ingestion as the operator.
    Ingest(IngestArgs),
    /// Look at jobs and cancel them as the operator.
    #[command(subcommand)]
    Jobs(JobsCommand),
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_is_what_the_guide_shows() {
        insta::assert_snapshot!(Cli::command().render_long_help().to_string());
    }
}
