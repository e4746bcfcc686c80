//! `footfall-dev`: the development commands that `cargo xtask` hands over to.

use clap::{Parser, Subcommand};
use testkit::dev::{Folder, demo, down};

#[derive(Debug, Parser)]
#[command(name = "footfall-dev", about = "The product on one machine, for development")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start everything, load sample data, send a report, print what to open
    Demo {
        /// Verify and exit
        #[arg(long)]
        once: bool,
        /// End with one line of JSON
        #[arg(long)]
        json: bool,
        /// Move every port by this much
        #[arg(long, default_value_t = 0)]
        port_offset: u16,
    },
    /// Stop a running demo
    Down,
    /// Stop a running demo and delete its data
    Reset,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Demo { once, json, port_offset } => {
            demo::run(demo::Options { once, json, port_offset }).await
        }
        Verb::Down => Folder::open().and_then(|folder| down::down(&folder)),
        Verb::Reset => Folder::open().and_then(|folder| down::reset(&folder)),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
