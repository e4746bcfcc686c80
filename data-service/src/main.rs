//! The process `data-service`: reads the command line and runs one role.

use std::process::ExitCode;

use clap::Parser;
use common::boot::{Boot, Running, run};
use data_service::cli::{Cli, Command};
use data_service::config::Config;
use data_service::{NAME, SCHEMA, roles};

fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let boot = Boot { service: NAME, config_file: config, schema: SCHEMA.to_owned() };
    let role = |running: Running<Config>| async {
        match command {
            Command::Serve => roles::serve(running).await,
            Command::Work => roles::work(running).await,
            Command::Ingest(arguments) => roles::ingest(running, arguments).await,
            Command::Backfill(arguments) => roles::backfill(running, arguments).await,
            Command::Availability(arguments) => roles::availability(running, arguments).await,
            Command::Jobs(command) => roles::jobs(running, command).await,
            Command::DeadLetters(command) => roles::dead_letters(running, command).await,
            Command::Schedules(arguments) => roles::schedules(running, arguments).await,
        }
    };
    run(boot, role).into()
}
