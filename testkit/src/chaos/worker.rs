//! A worker of data-service to be mistreated.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::canary;
use crate::postgres::end_with_parent;

/// What every process of the house is told.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) environment: Vec<(&'static str, String)>,
    pub(super) logs: PathBuf,
}

impl Setup {
    /// `data-service` from beside this program, where cargo puts all of them.
    pub(super) fn command(&self) -> anyhow::Result<Command> {
        let mut program = std::env::current_exe()?.with_file_name("data-service");
        if !program.exists() {
            // A test's program is one folder further down.
            program =
                program.parent().and_then(|p| p.parent()).context("a folder")?.join("data-service");
        }
        if !program.exists() {
            bail!("data-service is not built; run `cargo xtask chaos`, which builds it");
        }
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.stdin(Stdio::null());
        Ok(command)
    }

    /// The tenant's jobs and other administrative verbs; answers what was printed.
    pub(super) fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command()?.args(arguments).stderr(Stdio::null()).output()?;
        if !output.status.success() {
            bail!("data-service {} ended with {}", arguments.join(" "), output.status);
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Dropping it is `kill -9`.
#[derive(Debug)]
pub(super) struct Worker(Child);

impl Worker {
    pub(super) fn start(setup: &Setup, number: usize) -> anyhow::Result<Self> {
        let mut command = setup.command()?;
        command.arg("work").stdout(Stdio::null());
        let log = match canary::logs::file(&format!("worker-{number}")) {
            Some(log) => log,
            None => {
                let log = setup.logs.join(format!("worker-{number}.log"));
                File::options().create(true).append(true).open(&log)?
            }
        };
        command.stderr(log);
        canary::logs::tell_level(&mut command);
        end_with_parent(&mut command);
        Ok(Self(command.spawn().context("start data-service")?))
    }

    pub(super) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.0.id())?);
        Ok(kill(pid, signal)?)
    }

    pub(super) fn ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)) | Err(_))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
