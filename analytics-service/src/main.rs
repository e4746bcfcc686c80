//! The binary: everything is in the library.

use std::process::ExitCode;

use analytics_service::cli::Cli;
use clap::Parser;

fn main() -> ExitCode {
    Cli::parse().execute().into()
}
