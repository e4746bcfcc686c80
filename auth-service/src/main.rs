//! `auth-service`: see [`auth_service::cli`] for its verbs.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    auth_service::cli::run(auth_service::cli::Cli::parse()).into()
}
