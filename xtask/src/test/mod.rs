//! `cargo xtask test`: every test, on components started for this run, and one line that says how it went.

mod database;
mod kept_logs;
mod search;
mod tally;

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Mutex;

use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;
use database::Database;
use kept_logs::KeptLogs;
pub use tally::Tally;

pub fn run(workspace: &Workspace, rest: &[String]) -> Result<(), Failure> {
    let tally = tally(workspace, rest)?;
    println!("\n{}", tally.closing());
    if tally.good() { Ok(()) } else { Err(Failure::failed("tests failed")) }
}

/// `rest` goes to cargo: a name to filter by, and after `--` what the test programs understand.
pub fn tally(workspace: &Workspace, rest: &[String]) -> Result<Tally, Failure> {
    if std::env::var_os("FOOTFALL_SAMPLE_DATA").is_none() {
        println!("FOOTFALL_SAMPLE_DATA is not set: tests on the real days will not run");
    }
    let database = Database::for_this_run();
    let logs = KeptLogs::for_this_run(workspace)?;
    let mut command = cargo::command(workspace);
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(rest)
        .env("FOOTFALL_TEST_PG", database.folder())
        .env("FOOTFALL_TEST_LOGS", logs.folder())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let failed = |error: std::io::Error| Failure::failed(format!("cargo test: {error}"));
    let mut child = command.spawn().map_err(failed)?;

    let tally = Mutex::new(Tally::default());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| forward(stdout, &mut std::io::stdout(), &tally));
        scope.spawn(|| forward(stderr, &mut std::io::stderr(), &tally));
    });
    let status = child.wait().map_err(failed)?;
    let mut tally = tally.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    tally.finish(status.success());
    // As in testkit: whoever names a server keeps its log.
    let own = std::env::var_os("DATABASE_URL").is_none().then(|| database.folder());
    if let Err(fault) = logs.hold_no_secret(own, rest.is_empty()) {
        println!("{fault}");
        tally.failed += 1;
    }
    if tally.good() {
        logs.delete();
    }
    Ok(tally)
}

/// Passes each line on as it comes, and counts it.
fn forward(from: Option<impl std::io::Read>, to: &mut impl Write, tally: &Mutex<Tally>) {
    let Some(from) = from else { return };
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let text = String::from_utf8_lossy(&line);
        // Nobody reads what cannot be written; the count goes on.
        let _ = writeln!(to, "{text}");
        tally.lock().unwrap_or_else(std::sync::PoisonError::into_inner).count(&text);
    }
}
