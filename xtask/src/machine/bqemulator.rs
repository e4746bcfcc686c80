//! A BigQuery that nobody here wrote, for the tests of what goes over the wire.

use std::process::Command;

use super::python::once;
use crate::cargo::finish;
use crate::failure::Failure;
use crate::workspace::Workspace;

/// The emulator and everything below it, each in one version.
const PINNED: &str = include_str!("bqemulator.txt");

/// Puts the extensions of its database where that looks for them; they come as packages, so that nothing is downloaded
/// when it starts.
const EXTENSIONS: &str = "\
from duckdb_extensions import import_extension
for name in ('spatial', 'icu', 'avro'):
    import_extension(name)
";

/// Installs into a virtual environment at `bqemulator/` of the cache, 600 MB, with a home folder of its own inside.
pub fn provide(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.cache().join("bqemulator");
    once(&folder, PINNED, || {
        println!("installing bqemulator, 600 MB");
        finish(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
            "python3 -m venv",
        )?;
        let mut pip = Command::new(folder.join("bin/pip"));
        finish(
            pip.args(["install", "--quiet", "--no-deps"]).args(PINNED.split_whitespace()),
            "pip install bqemulator",
        )?;
        let home = folder.join("home");
        std::fs::create_dir_all(&home)
            .map_err(|error| Failure::failed(format!("{}: {error}", home.display())))?;
        let mut python = Command::new(folder.join("bin/python3"));
        finish(
            python.args(["-c", EXTENSIONS]).env("HOME", home),
            "bqemulator's database extensions",
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
        for name in ["bqemulator==", "duckdb_extension_icu==", "numpy=="] {
            assert!(PINNED.contains(name), "{name}");
        }
    }
}
