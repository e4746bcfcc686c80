//! A small source tree with a known fault, for the tests of the checks.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::workspace::Workspace;

pub struct Planted {
    root: PathBuf,
}

impl Planted {
    /// Writes each (path, text).
    pub fn new(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "footfall-xtask-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let root = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&root).unwrap();
        let planted = Self { root };
        for (path, text) in files {
            let path = planted.root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        planted
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn workspace(&self) -> Workspace {
        Workspace::at(&self.root)
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}
