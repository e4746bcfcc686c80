//! Gives the terminal to `footfall-dev`.

use std::os::unix::process::CommandExt;

use crate::cargo;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// The bench that calls a service's own code, which nothing but the service links.
const OF_DATA_SERVICE: &str = "files";

/// Builds every program (optimised when it is to be measured), then becomes `footfall-dev`, so that signals reach it directly. It finds the services beside
/// itself. The whole workspace is built at once: in parts, cargo would build shared dependencies once for each part.
pub fn to_footfall_dev(workspace: &Workspace, verb: &str, rest: &[String]) -> Result<(), Failure> {
    if verb == "bench" && rest.first().is_some_and(|name| name == OF_DATA_SERVICE) {
        let bench = ["bench", "--workspace", "--locked", "--bench", OF_DATA_SERVICE];
        return cargo::run(workspace, &bench);
    }
    let (profile, folder) = if verb == "bench" { ("release", "release") } else { ("dev", "debug") };
    cargo::run(workspace, &["build", "--workspace", "--bins", "--locked", "--profile", profile])?;

    let program = workspace.root().join(workspace.target()).join(folder).join("footfall-dev");
    let mut command = std::process::Command::new(&program);
    command.arg(verb).args(rest);
    Err(Failure::failed(format!("{}: {}", program.display(), command.exec())))
}
