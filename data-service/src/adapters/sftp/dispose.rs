//! What becomes of a file on the server once it is loaded.

use std::path::Path;

use ssh2::{RenameFlags, Sftp};

use super::listing::version;
use super::{RemoteFile, SftpError, Visit};

/// Where a loaded file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposal {
    Delete,
    /// Into this folder, which is made when it is not there.
    Archive(String),
}

impl Visit {
    /// Removes `file`, if it still is the version that was listed. One that is gone already is no fault, so this may
    /// be said again.
    ///
    /// # Errors
    /// When the server cannot be reached or does not let us.
    pub async fn dispose(&self, file: &RemoteFile, disposal: &Disposal) -> Result<(), SftpError> {
        let (file, disposal) = (file.clone(), disposal.clone());
        self.start(move |sftp| dispose_blocking(sftp, &file, &disposal))?.result().await
    }
}

fn dispose_blocking(sftp: &Sftp, file: &RemoteFile, disposal: &Disposal) -> Result<(), SftpError> {
    let path = Path::new(&file.path);
    let failed = |error: ssh2::Error| SftpError::path(&error, &file.path, "clearing away");
    let now = match sftp.stat(path).map_err(failed) {
        Err(SftpError::NotFound { .. }) => return Ok(()),
        now => now?,
    };
    if version(&now) != Some((file.size, file.modified_at)) {
        // A newer version, to be loaded.
        return Ok(());
    }
    match disposal {
        Disposal::Delete => sftp.unlink(path).map_err(failed),
        Disposal::Archive(folder) => {
            // Versions of one name do not replace each other.
            let at = file.modified_at.format("%Y%m%dT%H%M%SZ");
            let aim = format!("{}/{at}_{}", folder.trim_end_matches('/'), file.name);
            if sftp.stat(Path::new(folder)).is_err() {
                sftp.mkdir(Path::new(folder), 0o750).map_err(failed)?;
            }
            let flags = RenameFlags::ATOMIC | RenameFlags::NATIVE;
            sftp.rename(path, Path::new(&aim), Some(flags)).map_err(failed)
        }
    }
}
