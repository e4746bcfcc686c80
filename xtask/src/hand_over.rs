//! Gives the terminal to `footfall-dev`.

use std::os::unix::process::CommandExt;

use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Programs that these verbs start as processes of their own; `footfall-dev` finds them beside itself.
const SERVICES: &[&str] = &[
    "--package=auth-service",
    "--package=data-service",
    "--package=analytics-service",
    "--package=migrations",
];

/// Builds what the verb needs, then becomes cargo, which becomes `footfall-dev`: signals reach it directly.
pub fn to_footfall_dev(workspace: &Workspace, verb: &str, rest: &[String]) -> Result<(), Failure> {
    let release = verb == "bench";
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    if matches!(verb, "demo" | "up" | "bench" | "chaos") {
        let build = [&["build", "--bins"], SERVICES, profile].concat();
        cargo::run(workspace, &build)?;
    }
    let mut command = cargo::command(workspace);
    command
        .args(["run", "--quiet", "--package=testkit", "--bin=footfall-dev"])
        .args(profile)
        .arg("--")
        .arg(verb)
        .args(rest);
    Err(Failure::failed(format!("cargo run: {}", command.exec())))
}
