//! The mail server that mail is tested against, a second file server, and a program that writes workbooks.

use std::path::Path;
use std::process::Command;

use crate::cargo::finish;
use crate::failure::Failure;
use crate::workspace::Workspace;

const PACKAGES: [&str; 3] = ["aiosmtpd==1.4.6", "asyncssh==2.24.1", "openpyxl==3.1.5"];

/// Installs into a virtual environment at `python/` of the cache; testkit runs `python/bin/python3` there.
pub fn provide(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.cache().join("python");
    let wanted = PACKAGES.join(" ");
    once(&folder, &wanted, || {
        println!("installing {wanted}");
        finish(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder),
            "python3 -m venv",
        )?;
        let pip = folder.join("bin/pip");
        finish(Command::new(pip).args(["install", "--quiet"]).args(PACKAGES), "pip install")
    })
}

/// Runs `install` unless it has succeeded before for the same `wanted`.
pub fn once(
    folder: &Path,
    wanted: &str,
    install: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let marker = folder.join("installed");
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    install()?;
    std::fs::write(marker, wanted).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    #[test]
    fn an_installation_is_repeated_only_when_it_failed_or_changed() {
        let tree = Planted::new(&[]);
        let folder = tree.root().join("tool");
        assert!(once(&folder, "1", || Err(Failure::failed("offline"))).is_err());
        assert!(once(&folder, "1", || Ok(())).is_ok());
        assert!(once(&folder, "1", || Err(Failure::failed("must not run"))).is_ok());
        assert!(once(&folder, "2", || Err(Failure::failed("must run"))).is_err());
    }
}
