//! A program that is our child: it ends when we do, and drains before that when we ask.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::postgres::end_with_parent;

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: u32,
    log: PathBuf,
    /// Spawned the child, which is tied to this thread's life, and waits for its end.
    keeper: Option<JoinHandle<Option<ExitStatus>>>,
}

impl Process {
    /// Starts `command` with its output in `log`.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn start(name: &str, mut command: Command, log: &Path) -> anyhow::Result<Self> {
        let file = File::create(log).with_context(|| format!("create {}", log.display()))?;
        // Ctrl-C reaches the terminal's whole group; the order of stopping is ours.
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).process_group(0);
        end_with_parent(&mut command);
        let (report, started) = mpsc::channel();
        let keeper = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let _ = report.send(Err(error));
                    return None;
                }
            };
            let _ = report.send(Ok(child.id()));
            child.wait().ok()
        })?;
        let pid = started
            .recv()
            .map_err(|_| anyhow!("the thread that starts {name} broke off"))?
            .with_context(|| format!("start {name}"))?;
        Ok(Self { name: name.to_owned(), pid, log: log.to_owned(), keeper: Some(keeper) })
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it ended by itself.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.keeper.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// The end of its log, for an error message.
    #[must_use]
    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Asks it to drain and answers how long that took.
    ///
    /// # Errors
    /// When it did not end in time or not with exit code 0.
    pub fn stop(mut self, within: Duration) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.signal(Signal::SIGTERM);
        while !self.ended() {
            if begun.elapsed() > within {
                bail!("{} did not end within {} s of SIGTERM", self.name, within.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = self.keeper.take().and_then(|keeper| keeper.join().ok()).flatten();
        match status {
            Some(status) if status.success() => Ok(begun.elapsed()),
            status => bail!("{} ended with {status:?}:\n{}", self.name, self.last_words()),
        }
    }

    /// From now on [`Self::peak_memory`] is of what follows.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn forget_peak(&self) -> std::io::Result<()> {
        std::fs::write(format!("/proc/{}/clear_refs", self.pid), "5")
    }

    /// Peak resident memory so far, in bytes.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kib * 1024)
    }

    fn signal(&self, signal: Signal) {
        if let Ok(pid) = i32::try_from(self.pid) {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    fn end(&mut self) {
        let Some(keeper) = self.keeper.take() else { return };
        if !keeper.is_finished() {
            self.signal(Signal::SIGKILL);
        }
        let _ = keeper.join();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
