//! `footfall-dev`: the development commands that `cargo xtask` hands over to.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};
use common::kernel::DateRange;
use testkit::dev::{Folder, demo, down};
use testkit::ga4::generator::Generator;

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
    /// Start everything and stay
    Up {
        /// Move every port by this much
        #[arg(long, default_value_t = 0)]
        port_offset: u16,
    },
    /// Write generated GA4 days as newline-delimited JSON in BigQuery's export form
    Generate {
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// First day
        #[arg(long)]
        first: NaiveDate,
        /// Last day, inclusive
        #[arg(long)]
        last: NaiveDate,
        /// Sessions of a working day
        #[arg(long, default_value_t = 1_000)]
        sessions_per_day: u32,
        /// File to write; standard output when left out
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Faults at random over running ingestions, then a check that nothing was lost or doubled
    Chaos {
        /// How long faults happen
        #[arg(long, default_value_t = 1.0)]
        minutes: f64,
        /// The same seed gives the same faults in the same order
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measure, and print one JSON line a figure
    Bench {
        /// auth, ingest, jobs, smoke or stats
        name: String,
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
            demo::run(demo::Options { once, json, port_offset, only_start: false }).await
        }
        Verb::Up { port_offset } => {
            let options =
                demo::Options { port_offset, only_start: true, ..demo::Options::default() };
            demo::run(options).await
        }
        Verb::Generate { seed, first, last, sessions_per_day, out } => {
            generate(seed, first, last, sessions_per_day, out)
        }
        Verb::Chaos { minutes, seed } => {
            testkit::chaos::run(testkit::chaos::Options { minutes, seed }).await
        }
        Verb::Bench { name } => testkit::bench::run(&name).await,
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

fn generate(
    seed: u64,
    first: NaiveDate,
    last: NaiveDate,
    sessions_per_day: u32,
    out: Option<PathBuf>,
) -> anyhow::Result<()> {
    let shop = Generator { sessions_per_day, ..Generator::new(seed, DateRange::new(first, last)?) };
    let rows = match out {
        Some(path) => {
            let mut file = BufWriter::new(File::create(path)?);
            let rows = shop.write_ndjson(&mut file)?;
            file.flush()?;
            rows
        }
        None => shop.write_ndjson(&mut BufWriter::new(std::io::stdout().lock()))?,
    };
    eprintln!("{rows} events");
    Ok(())
}
