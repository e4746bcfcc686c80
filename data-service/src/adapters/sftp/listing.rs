//! What lies in a folder.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use chrono::{DateTime, Utc};
use ssh2::{FileStat, Sftp};

use super::{SftpError, Visit};
use crate::domain::file::{SkipReason, check_name};

/// A folder with more entries is not a drop-off for master data.
const MAX_ENTRIES: usize = 100_000;

/// One version of a file: a changed size or time is another version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RemoteFile {
    pub path: String,
    pub name: String,
    pub size: u64,
    pub modified_at: DateTime<Utc>,
}

/// An entry that was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Readable, if not exact, for names that are no text.
    pub name: String,
    pub reason: SkipReason,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Oldest first; names decide between equals.
    pub files: Vec<RemoteFile>,
    pub skipped: Vec<Skipped>,
}

impl Visit {
    /// Lists `folder`, without folders in it.
    ///
    /// # Errors
    /// When the server cannot be reached, is not the right one, or has no such folder.
    pub async fn list(&self, folder: &str) -> Result<Listing, SftpError> {
        let folder = folder.to_owned();
        let listing =
            async { self.start(move |sftp| list_blocking(sftp, &folder))?.result().await };
        match &self.target.circuit {
            Some(circuit) => circuit.guard(listing, SftpError::unwell).await,
            None => listing.await,
        }
    }
}

pub(super) fn list_blocking(sftp: &Sftp, folder: &str) -> Result<Listing, SftpError> {
    let failed = |error: ssh2::Error| SftpError::path(&error, folder, "listing the folder");
    let root = sftp.realpath(Path::new(folder)).map_err(failed)?;
    let mut entries = sftp.opendir(folder).map_err(failed)?;
    let mut listing = Listing::default();
    for count in 0.. {
        if count > MAX_ENTRIES {
            return Err(SftpError::TooManyEntries { limit: MAX_ENTRIES });
        }
        let (name, stat) = match entries.readdir() {
            Ok(entry) => entry,
            Err(error) if SftpError::is_end_of_folder(&error) => break,
            Err(error) => return Err(failed(error)),
        };
        let bytes = name.as_os_str().as_bytes();
        if matches!(bytes, b"." | b"..") {
            continue;
        }
        match judge(sftp, &root, folder, bytes, stat) {
            Ok(file) => listing.files.push(file),
            Err(reason) => {
                let name = name.to_string_lossy().into_owned();
                listing.skipped.push(Skipped { name, reason });
            }
        }
    }
    listing.files.sort_by(|a, b| (a.modified_at, &a.name).cmp(&(b.modified_at, &b.name)));
    Ok(listing)
}

fn judge(
    sftp: &Sftp,
    root: &Path,
    folder: &str,
    name: &[u8],
    stat: FileStat,
) -> Result<RemoteFile, SkipReason> {
    let name = check_name(folder, name)?;
    let path = join(folder, name);
    let stat = if stat.file_type().is_symlink() {
        // A link is followed inside the folder only: what it points to may be anyone's.
        let pointed_to = sftp.realpath(Path::new(&path)).map_err(|_| SkipReason::OutsideRoot)?;
        if !pointed_to.starts_with(root) {
            return Err(SkipReason::OutsideRoot);
        }
        sftp.stat(&pointed_to).map_err(|_| SkipReason::NotAFile)?
    } else {
        stat
    };
    match version(&stat) {
        Some((size, modified_at)) if stat.is_file() => {
            Ok(RemoteFile { path, name: name.to_owned(), size, modified_at })
        }
        _ => Err(SkipReason::NotAFile),
    }
}

/// What tells versions of a file apart; a server that does not say has no files for us.
pub(super) fn version(stat: &FileStat) -> Option<(u64, DateTime<Utc>)> {
    let modified_at = DateTime::from_timestamp(i64::try_from(stat.mtime?).ok()?, 0)?;
    Some((stat.size?, modified_at))
}

fn join(folder: &str, name: &str) -> String {
    format!("{}/{name}", folder.trim_end_matches('/'))
}
