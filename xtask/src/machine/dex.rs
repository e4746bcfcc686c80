//! A second identity provider that nobody here wrote: dex, through the Go module proxy.

use std::path::Path;
use std::process::Command;

use crate::cargo::{finish, output};
use crate::failure::Failure;
use crate::workspace::Workspace;

const DEX: &str = "github.com/dexidp/dex";
const VERSION: &str = "v0.0.0-20260806151424-ab64ed778070";
/// dex replaces modules of its own, so that `go install` refuses it: it is built as what a module needs.
const MODULE: &str = "module footfall.invalid/dex\n\ngo 1.25\n";

/// Builds `dex/bin/dex` in the cache. The only need that is not installed by itself: Go is large, and nothing else here
/// wants it.
pub fn provide(workspace: &Workspace) -> Result<(), Failure> {
    if output("go", &["version"]).is_none() {
        return Err(Failure::stopped("Go is needed to build dex: https://go.dev/doc/install"));
    }
    let folder = workspace.cache().join("dex");
    super::python::once(&folder, VERSION, || {
        println!("building {DEX} {VERSION}");
        std::fs::write(folder.join("go.mod"), MODULE)
            .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
        go(&folder, &["get", &format!("{DEX}/cmd/dex@{VERSION}")])?;
        go(&folder, &["build", "-o", "bin/dex", &format!("{DEX}/cmd/dex")])
    })
}

fn go(folder: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let mut command = Command::new("go");
    // Without C no database but memory is compiled in, and none is wanted.
    command.args(arguments).current_dir(folder).env("CGO_ENABLED", "0");
    finish(&mut command, &format!("go {}", arguments.join(" ")))
}
