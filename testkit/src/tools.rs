//! Programs for tests that `cargo xtask setup` installs into the user's cache.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A tool that tests need and this machine does not have yet.
#[derive(Debug, thiserror::Error)]
#[error("{} is missing: run `cargo xtask setup`", path.display())]
pub struct MissingTool {
    path: PathBuf,
}

/// Node.js on `script`, run in a folder from which `import Provider from 'oidc-provider'` resolves.
///
/// # Errors
/// When it is not installed or the script cannot be put beside its packages.
pub fn node(name: &str, script: &str) -> Result<Command, MissingTool> {
    let folder = cache().join("node");
    let program = present(folder.join("bin/node"))?;
    present(folder.join("node_modules/oidc-provider"))?;
    // An import is resolved from where the script lies, so it has to lie beside the packages.
    let path = folder.join(format!("{name}-{}.mjs", hash(script)));
    if !path.exists() {
        place(&path, script).map_err(|_| MissingTool { path: path.clone() })?;
    }
    let mut command = Command::new(program);
    command.arg(path).current_dir(folder);
    Ok(command)
}

fn hash(script: &str) -> String {
    let mut hasher = DefaultHasher::new();
    script.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Renamed into place, so that a process beside this one never runs half a script.
fn place(path: &Path, script: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension(std::process::id().to_string());
    std::fs::write(&unfinished, script)?;
    std::fs::rename(unfinished, path)
}

/// Python with `aiosmtpd`, `asyncssh` and `openpyxl`.
///
/// # Errors
/// When it is not installed.
pub fn python() -> Result<Command, MissingTool> {
    present(cache().join("python/bin/python3")).map(Command::new)
}

/// The program `schemathesis`.
///
/// # Errors
/// When it is not installed.
pub fn schemathesis() -> Result<Command, MissingTool> {
    present(cache().join("schemathesis/bin/schemathesis")).map(Command::new)
}

/// The program `bqemulator`, whose home folder is the one that its database's extensions lie in.
///
/// # Errors
/// When it is not installed.
pub fn bqemulator() -> Result<Command, MissingTool> {
    let folder = cache().join("bqemulator");
    // Written last, so that half an installation is none.
    present(folder.join("installed"))?;
    let mut command = Command::new(present(folder.join("bin/bqemulator"))?);
    command.env("HOME", present(folder.join("home"))?);
    Ok(command)
}

/// The folder of the identity provider Keycloak, which `cargo xtask providers` installs.
///
/// # Errors
/// When it is not installed.
pub fn keycloak() -> Result<PathBuf, MissingTool> {
    present(cache().join("keycloak/home"))
}

fn present(path: PathBuf) -> Result<PathBuf, MissingTool> {
    if path.exists() { Ok(path) } else { Err(MissingTool { path }) }
}

/// The folder that xtask installs into.
pub(crate) fn cache() -> PathBuf {
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("footfall")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_finds_the_openid_provider() {
        let script = "import Provider from 'oidc-provider'; console.log(typeof Provider);";
        let output = node("found", script).unwrap().output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "function");
    }

    #[test]
    fn python_has_the_servers() {
        let script = "import aiosmtpd.controller, asyncssh, openpyxl";
        let status = python().unwrap().args(["-c", script]).status().unwrap();
        assert!(status.success());
    }
}
