//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::roles::{
    AvailabilityArgs, BackfillArgs, DeadLettersCommand, IngestArgs, JobsCommand, SchedulesArgs,
};

/// Pulls GA4 exports and master data into Footfall's database, and receives webhooks of shops.
#[derive(Debug, Parser)]
#[command(name = "data-service", version)]
pub struct Cli {
    /// Configuration file; environment variables FOOTFALL_<SECTION>__<KEY> win over it.
    #[arg(
        long,
        global = true,
        env = "FOOTFALL_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
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
    /// Load the last months of a tenant as the operator, or tell what that would take.
    Backfill(BackfillArgs),
    /// Show which days of a tenant are there, and what is wrong with them.
    Availability(AvailabilityArgs),
    /// Look at jobs and change their course as the operator.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Look at steps that used up their attempts, and run them again.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Show what comes again and again, with its next runs.
    Schedules(SchedulesArgs),
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
