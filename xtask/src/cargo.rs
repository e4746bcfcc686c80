//! Runs cargo on the workspace.

use std::process::Command;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// Set by cargo for the program it runs. Passed on, they would make build scripts believe that something changed.
const OF_THIS_RUN: &[&str] =
    &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];

pub fn command(workspace: &Workspace) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(workspace.root()).env("CARGO_TARGET_DIR", workspace.target());
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| OF_THIS_RUN.iter().any(|prefix| name.starts_with(prefix)))
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end, with this process's input and output.
pub fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = command(workspace);
    command.args(arguments);
    finish(&mut command, &format!("cargo {}", arguments.join(" ")))
}

pub fn finish(command: &mut Command, what: &str) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::failed(format!("{what}: {status}"))),
        Err(error) => Err(Failure::failed(format!("{what}: {error}"))),
    }
}

/// Standard output of a command that succeeds; `None` when it is not there or fails.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
