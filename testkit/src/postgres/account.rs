//! Postgres refuses to run as root; then it runs as an unprivileged account that is in passwd.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, chown};

use super::PostgresError;

/// Who the server runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// Whoever runs us.
    Own,
    /// We are root and step down to this user.
    Lesser { uid: u32, gid: u32 },
}

impl Account {
    pub fn find() -> Result<Self, PostgresError> {
        if !Uid::effective().is_root() {
            return Ok(Self::Own);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self::Lesser { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
            .ok_or(PostgresError::NoAccount)
    }

    /// Makes `command` run as this account.
    pub fn apply(self, command: &mut Command) {
        if let Self::Lesser { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Hands a file or folder to this account.
    pub fn own(self, path: &Path) -> Result<(), PostgresError> {
        let Self::Lesser { uid, gid } = self else { return Ok(()) };
        chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
            .map_err(std::io::Error::from)
            .map_err(PostgresError::files("give away", path))
    }
}
