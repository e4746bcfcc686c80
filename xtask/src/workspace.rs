//! Where the sources are and where what is built and downloaded goes.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    cache: PathBuf,
}

impl Workspace {
    /// The checkout cargo runs this program for. Checkouts share what they build, so the one it
    /// was built from may be another, or gone.
    pub fn find() -> Result<Self, Failure> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .ok_or_else(|| Failure::stopped("the xtask crate has no parent folder"))?;
        Ok(Self { root: root.to_path_buf(), cache: cache()? })
    }

    #[cfg(test)]
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_path_buf(), cache: root.join("cache") }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Shared by all checkouts of one user; testkit finds the tools for tests here too.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// Outside the checkout, so that a fresh clone finds what an earlier one has built.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.cache.join("target"), PathBuf::from)
    }
}

fn cache() -> Result<PathBuf, Failure> {
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .map(|cache| cache.join("footfall"))
        .ok_or_else(|| Failure::stopped("neither XDG_CACHE_HOME nor HOME is set"))
}
