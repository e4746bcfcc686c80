//! The command line.

mod report;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use common::boot::{Boot, run};
use common::lifecycle::Exit;

use crate::roles::{self, SCHEMA};
use report::ReportVerb;

/// Dashboard statistics, task lists and emailed reports.
#[derive(Debug, Parser)]
#[command(name = "analytics-service", version)]
pub struct Cli {
    /// TOML file with settings; the environment wins over it.
    #[arg(long, global = true, env = "FOOTFALL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the web API.
    Serve,
    /// Run job steps: send reports, generate action items, tell admins what failed or is missing.
    Work,
    /// Preview or send a branch report.
    #[command(subcommand)]
    Report(ReportVerb),
    /// Print every configuration key with its default.
    Config,
}

impl Cli {
    /// Does what the command line says and tells how it went.
    #[must_use]
    pub fn execute(self) -> Exit {
        let boot = Boot {
            service: "analytics-service",
            config_file: self.config,
            schema: SCHEMA.to_owned(),
        };
        match self.verb {
            Verb::Serve => run(boot, roles::serve),
            Verb::Work => run(boot, roles::work),
            Verb::Report(verb) => run(boot, |running| report::execute(running, verb)),
            Verb::Config => print_config(),
        }
    }
}

fn print_config() -> Exit {
    match crate::config::sample() {
        Ok(text) => {
            print!("{text}");
            Exit::Drained
        }
        Err(error) => {
            eprintln!("analytics-service: {error}");
            Exit::Failed
        }
    }
}
