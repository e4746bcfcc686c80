//! Where the machine keeps `initdb` and `postgres`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::PostgresError;

/// A folder that holds both server programs of one version.
#[derive(Debug, Clone)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The newest packaged server, else what `pg_config` names, else what is on the path.
    pub fn find() -> Result<Self, PostgresError> {
        packaged()
            .into_iter()
            .chain(named_by_pg_config())
            .chain(on_path())
            .find(|folder| holds_a_server(folder))
            .map(|folder| Self { folder })
            .ok_or(PostgresError::NotInstalled)
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Debian keeps one folder per major version, off the path. Newest first.
fn packaged() -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = versions
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn named_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

/// Links are resolved, so that a link into a real server folder finds `initdb` beside it.
fn on_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter_map(|folder| std::fs::canonicalize(folder.join("postgres")).ok())
        .filter_map(|program| program.parent().map(Path::to_path_buf))
        .collect()
}

/// A lone program named `postgres` may be anything; `initdb` beside it and `share` files it can find tell a real server.
fn holds_a_server(folder: &Path) -> bool {
    folder.join("initdb").is_file()
        && Command::new(folder.join("postgres")).arg("--version").output().is_ok_and(|output| {
            output.status.success() && output.stdout.starts_with(b"postgres (PostgreSQL)")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_with_both_programs() {
        let binaries = Binaries::find().unwrap();
        assert!(binaries.program("initdb").is_file());
        assert!(binaries.program("postgres").is_file());
    }

    #[test]
    fn a_wrapper_without_initdb_is_no_server() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("postgres"),
            "#!/bin/sh\necho 'postgres (PostgreSQL) 15'\n",
        )
        .unwrap();
        assert!(!holds_a_server(folder.path()));
    }
}
