//! Searches what a run left behind for the secrets of its tests.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

#[path = "../../../testkit/src/canary/forms.rs"]
mod forms;

use forms::FORMS;
#[cfg(test)]
pub use forms::MARKER;

/// What was searched, and what should not have been there.
#[derive(Debug, Default)]
pub struct Search {
    pub files: usize,
    pub bytes: usize,
    /// File, line and its beginning.
    pub hits: Vec<String>,
}

/// More of them say nothing new.
const MOST_HITS: usize = 20;

impl Search {
    /// Searches every `*.log` at any depth.
    pub fn add(&mut self, folder: &Path) -> std::io::Result<()> {
        for file in logs(folder)? {
            self.file(&file)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> std::io::Result<()> {
        let mut log = BufReader::with_capacity(1 << 20, File::open(path)?);
        let (mut line, mut number) = (Vec::new(), 0);
        self.files += 1;
        loop {
            line.clear();
            number += 1;
            let read = log.read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            self.bytes += read;
            let text = String::from_utf8_lossy(&line);
            if let Some(form) = FORMS.iter().find(|form| text.contains(**form))
                && self.hits.len() < MOST_HITS
            {
                let at = text.find(form).unwrap_or_default();
                let before: String = text[..at].chars().rev().take(160).collect();
                let before: String = before.chars().rev().collect();
                self.hits.push(format!("{}:{number}: …{before}", path.display()));
            }
        }
    }
}

fn logs(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            // The data folder of a server that is ending.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            if kind.is_dir() {
                // What a database server stores is no log.
                if entry.file_name() != "data" {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "log") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    #[test]
    fn a_planted_line_is_found_with_its_place() {
        let secret = format!("DEBUG login password={}-x\n", MARKER);
        let inner = format!("first\nsecond\n{secret}");
        let tree = Planted::new(&[
            ("clean.log", "nothing here\n"),
            ("deep/er/service.log", &inner),
            ("deep/notes.txt", &secret),
        ]);
        let mut search = Search::default();
        search.add(tree.root()).unwrap();
        assert_eq!((search.files, search.hits.len()), (2, 1), "{search:?}");
        let hit = &search.hits[0];
        assert!(hit.ends_with("deep/er/service.log:3: …DEBUG login password="), "{hit}");
    }

    #[test]
    fn every_form_is_found() {
        for form in FORMS {
            let tree = Planted::new(&[("a.log", &format!("x{form}y"))]);
            let mut search = Search::default();
            search.add(tree.root()).unwrap();
            assert_eq!(search.hits.len(), 1, "{form}");
        }
    }
}
