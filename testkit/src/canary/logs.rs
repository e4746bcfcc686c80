//! The logs of a run, at debug level: those of the processes that tests start, and what the services' code says inside
//! the test programs. `FOOTFALL_TEST_LOGS` names their folder; without it nothing is kept.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};

use common::telemetry::filter;

/// What processes are told to log.
pub const LEVEL: &str = "debug";

/// The setting of a service that says what it logs.
pub const FILTER: &str = "FOOTFALL_TELEMETRY__FILTER";

/// Where logs are kept.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("FOOTFALL_TEST_LOGS").map(PathBuf::from)
}

/// Keeps what this process says from now on. Called wherever a test gets a database or a stand-in.
pub fn keep_own() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let program = std::env::current_exe().ok();
        let name = program.as_deref().and_then(Path::file_stem).unwrap_or_default();
        if let (Some(log), Ok(filter)) = (file(&name.to_string_lossy()), filter(LEVEL)) {
            let log = tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_ansi(false)
                .with_writer(Arc::new(log));
            // A program that logs by itself has a log already.
            let _ = log.try_init();
        }
    });
}

/// A new file of the folder.
///
/// # Panics
/// When it cannot be made: the run would search less than it says.
#[must_use]
pub fn file(name: &str) -> Option<File> {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = folder()?.join(format!("{name}-{}-{number}.log", std::process::id()));
    let options = File::options().append(true).create_new(true).open(&path);
    Some(options.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Has a service log at [`LEVEL`] unless it was told what to log; its standard error goes into the folder.
pub fn keep_of(command: &mut Command, name: &str) {
    if let Some(log) = file(name) {
        tell_level(command);
        command.stderr(Stdio::from(log));
    }
}

/// Has a service log at [`LEVEL`] unless it was told what to log.
pub fn tell_level(command: &mut Command) {
    if folder().is_some() && !command.get_envs().any(|(name, _)| name == FILTER) {
        command.env(FILTER, LEVEL);
    }
}

/// Copies the log of a program that writes its own.
///
/// # Errors
/// When it cannot be read.
pub fn copy(log: &Path, name: &str) -> io::Result<()> {
    match file(name) {
        Some(mut kept) => io::copy(&mut File::open(log)?, &mut kept).map(drop),
        None => Ok(()),
    }
}
