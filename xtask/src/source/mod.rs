//! The workspace's own files, as text.

mod code;
mod import;
mod reference;

pub use code::code_only;
pub use import::ungrouped;
pub use reference::{Reference, references};

use std::path::{Path, PathBuf};

/// One file, with its path relative to the workspace.
#[derive(Debug)]
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// The text with comments and the inside of literals blanked, line for line.
    pub fn code(&self) -> String {
        code_only(&self.text)
    }
}

/// Folders that hold no sources of ours.
const FOREIGN: &[&str] = &["target", "node_modules", ".git", ".footfall", "cache"];

/// Every file below `root` that ends in one of `endings`, in a stable order.
pub fn files(root: &Path, endings: &[&str]) -> Vec<Source> {
    let mut paths = Vec::new();
    walk(root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter(|path| {
            endings.iter().any(|ending| path.extension().is_some_and(|found| found == *ending))
        })
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root).ok()?.to_string_lossy().into_owned();
            Some(Source { path, text })
        })
        .collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if !path.is_dir() {
            paths.push(path);
        } else if !FOREIGN.iter().any(|foreign| entry.file_name() == *foreign) {
            walk(&path, paths);
        }
    }
}
