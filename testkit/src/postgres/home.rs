//! The folder that holds a cluster: `data/`, `password`, `postgres.log`.
//!
//! Root's home is closed to the account the server steps down to, so a folder below it is replaced by one
//! under [`ROOT_HOMES`], named after the folder that was asked for.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Account, PostgresError};

/// Where clusters go whose folder the unprivileged account cannot reach.
const ROOT_HOMES: &str = "/var/lib/footfall";

#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// Makes the folder if needed and hands it to `account`.
    pub fn open(dir: &Path, account: Account) -> Result<Self, PostgresError> {
        let dir = std::path::absolute(dir).map_err(PostgresError::files("resolve", dir))?;
        let folder = match account {
            Account::Lesser { .. } if !reachable(&dir) => replacement(&dir),
            _ => dir,
        };
        std::fs::create_dir_all(&folder).map_err(PostgresError::files("create", &folder))?;
        account.own(&folder)?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    pub fn password(&self) -> PathBuf {
        self.folder.join("password")
    }

    /// Deletes the cluster. It must not be running.
    pub fn remove(self) -> Result<(), PostgresError> {
        std::fs::remove_dir_all(&self.folder).map_err(PostgresError::files("delete", &self.folder))
    }
}

/// Whether everybody may pass through each existing folder on the way down.
fn reachable(dir: &Path) -> bool {
    dir.ancestors().skip(1).all(|folder| match std::fs::metadata(folder) {
        Ok(metadata) => metadata.permissions().mode() & 0o001 != 0,
        Err(_) => true,
    })
}

fn replacement(dir: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    dir.hash(&mut hasher);
    let name = dir
        .file_name()
        .map_or_else(|| "cluster".into(), |name| name.to_string_lossy().into_owned());
    Path::new(ROOT_HOMES).join(format!("{name}-{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_below_a_closed_one_is_out_of_reach() {
        let open = tempfile::tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(open.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(reachable(&open.path().join("cluster")));
        std::fs::set_permissions(open.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!reachable(&open.path().join("cluster")));
    }

    #[test]
    fn two_folders_of_one_name_get_two_replacements() {
        assert_ne!(replacement(Path::new("/root/a/pg")), replacement(Path::new("/root/b/pg")));
    }
}
