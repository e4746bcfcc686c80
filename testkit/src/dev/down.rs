//! Stopping a demo that runs elsewhere, and deleting what it left.

use std::time::{Duration, Instant};

use anyhow::bail;
use nix::sys::signal::{Signal, kill};

use super::Folder;

/// Asks the running demo to stop and waits for it. Nothing to stop is fine.
///
/// # Errors
/// When it does not stop in time.
pub fn down(folder: &Folder) -> anyhow::Result<()> {
    let Some(pid) = folder.running() else {
        println!("nothing runs here");
        return Ok(());
    };
    kill(pid, Signal::SIGTERM)?;
    let begun = Instant::now();
    while folder.running().is_some() {
        if begun.elapsed() > Duration::from_secs(60) {
            bail!("process {pid} did not stop within a minute");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("stopped");
    Ok(())
}

/// Stops the demo and deletes its folder: database, keys, logs, mails.
///
/// # Errors
/// When it does not stop or the folder cannot be deleted.
pub fn reset(folder: &Folder) -> anyhow::Result<()> {
    down(folder)?;
    std::fs::remove_dir_all(folder.path())?;
    println!("deleted {}", folder.path().display());
    Ok(())
}
