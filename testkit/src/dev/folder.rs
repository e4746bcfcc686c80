//! `.footfall/`: everything the demo keeps, ignored by git, deleted by `reset`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// The demo's folder.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// In the working directory, which cargo sets to where the command was given.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open() -> anyhow::Result<Self> {
        Self::at(&std::env::current_dir()?.join(".footfall"))
    }

    /// Elsewhere, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn at(root: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(root).with_context(|| format!("create {}", root.display()))?;
        Ok(Self { root: root.to_owned() })
    }

    /// A folder in this one, for something that runs apart from the demo.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn within(&self, name: &str) -> anyhow::Result<Self> {
        Self::at(&self.root.join(name))
    }

    /// Deletes a subfolder.
    ///
    /// # Errors
    /// When something in it cannot be deleted.
    pub fn clear(&self, name: &str) -> anyhow::Result<()> {
        let path = self.root.join(name);
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("delete {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// A subfolder, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn sub(&self, name: &str) -> anyhow::Result<PathBuf> {
        let path = self.root.join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
        Ok(path)
    }

    fn pid_file(&self) -> PathBuf {
        self.root.join("demo.pid")
    }

    /// The process that runs the demo here, if one does.
    #[must_use]
    pub fn running(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.pid_file()).ok()?;
        let pid = Pid::from_raw(text.trim().parse().ok()?);
        let command = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        (kill(pid, None).is_ok() && command.contains("footfall-dev")).then_some(pid)
    }

    /// Claims the folder for this process.
    ///
    /// # Errors
    /// When another one has it.
    pub fn claim(&self) -> anyhow::Result<Claim> {
        if let Some(pid) = self.running() {
            bail!("the demo already runs here (process {pid}); stop it with `cargo xtask down`");
        }
        std::fs::write(self.pid_file(), std::process::id().to_string())?;
        Ok(Claim { pid_file: self.pid_file() })
    }
}

/// The folder is ours until this is dropped.
#[derive(Debug)]
pub struct Claim {
    pid_file: PathBuf,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.pid_file);
    }
}
