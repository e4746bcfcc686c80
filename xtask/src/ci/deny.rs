//! The policy in `deny.toml`, judged by cargo-deny.

use std::path::PathBuf;
use std::process::Command;

use super::lockfile;
use crate::cargo::{self, finish};
use crate::failure::Failure;
use crate::workspace::Workspace;

const VERSION: &str = "0.20.2";

/// Advisories are left out: their database is on the internet, and what lands must not depend on the day.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    match installed(workspace) {
        Ok(program) => {
            let mut command = Command::new(program);
            command.current_dir(workspace.root()).args(["check", "bans", "licenses", "sources"]);
            finish(&mut command, "cargo deny")
        }
        Err(failure) => without_cargo_deny(workspace, &failure),
    }
}

/// A machine cut off from the registry still judges what it can, and says what it could not.
fn without_cargo_deny(workspace: &Workspace, why: &Failure) -> Result<(), Failure> {
    println!("{why}\nlicences are NOT checked; bans and sources are, from Cargo.lock");
    let read = |name: &str| {
        std::fs::read_to_string(workspace.root().join(name))
            .map_err(|error| Failure::failed(format!("{name}: {error}")))
    };
    let violations = lockfile::violations(&read("deny.toml")?, &read("Cargo.lock")?);
    violations.iter().for_each(|violation| println!("{violation}"));
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Failure::failed("the dependency policy is broken"))
    }
}

/// Unoptimised it builds in a minute and a half of processor time, and still judges in seconds.
fn installed(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let tools = workspace.cache().join(format!("cargo-deny-{VERSION}"));
    let program = tools.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    let target = workspace.cache().join("cargo-deny-build");
    let mut install = cargo::command(workspace);
    install
        .args([
            "install",
            "cargo-deny",
            "--version",
            VERSION,
            "--locked",
            "--debug",
            "--no-track",
            "--quiet",
            "--root",
        ])
        .arg(&tools)
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    println!("building cargo-deny {VERSION}, once");
    finish(&mut install, "cargo install cargo-deny")?;
    // The program is copied out; what it was built from is no longer needed.
    let _ = std::fs::remove_dir_all(target);
    Ok(program)
}
