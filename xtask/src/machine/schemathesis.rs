//! The tool that holds the running services to their OpenAPI documents.

use std::process::Command;

use super::python::once;
use crate::cargo::finish;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Schemathesis and everything below it, each in one version: what it generates must not change by itself.
const PINNED: &str = include_str!("schemathesis.txt");

/// Installs into a virtual environment at `schemathesis/` of the cache, apart from the mail server's: their
/// packages have nothing to agree on.
pub fn provide(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.cache().join("schemathesis");
    once(&folder, PINNED, || {
        println!("installing schemathesis");
        finish(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
            "python3 -m venv",
        )?;
        let mut pip = Command::new(folder.join("bin/pip"));
        finish(
            pip.args(["install", "--quiet", "--no-deps"]).args(PINNED.split_whitespace()),
            "pip install",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_one_version() {
        assert!(PINNED.lines().count() > 20);
        assert!(PINNED.lines().all(|line| line.split("==").count() == 2), "{PINNED}");
        assert!(PINNED.contains("schemathesis=="));
    }
}
