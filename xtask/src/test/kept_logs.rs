//! The logs of one test run, at debug level: kept by testkit, searched for secrets here, deleted when all is well.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::search::Search;
use crate::failure::Failure;
use crate::workspace::Workspace;

#[derive(Debug)]
pub struct KeptLogs {
    folder: PathBuf,
}

impl KeptLogs {
    /// An empty folder; those of runs that ended long ago, and had failed, go.
    pub fn for_this_run(workspace: &Workspace) -> Result<Self, Failure> {
        let all = workspace.root().join(".footfall/test-logs");
        for old in std::fs::read_dir(&all).into_iter().flatten().flatten() {
            if !Path::new("/proc").join(old.file_name()).exists() {
                let _ = std::fs::remove_dir_all(old.path());
            }
        }
        let folder = all.join(std::process::id().to_string());
        let failed = |error| Failure::failed(format!("{}: {error}", folder.display()));
        std::fs::create_dir_all(&folder).map_err(failed)?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Searches what was kept, and the log of the database server unless it is somebody else's. A run of everything
    /// has logs of both.
    pub fn hold_no_secret(&self, database: Option<&Path>, everything: bool) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut search = Search::default();
        let failed = |error| Failure::failed(format!("searching the logs: {error}"));
        search.add(&self.folder).map_err(failed)?;
        let kept = search.files;
        if let Some(database) = database {
            search.add(database).map_err(failed)?;
        }
        println!(
            "\nsecrets: {} of {} logs and {} MiB searched in {:.1} s",
            search.hits.len(),
            search.files,
            search.bytes >> 20,
            begun.elapsed().as_secs_f64()
        );
        if !search.hits.is_empty() {
            let hits = search.hits.join("\n");
            return Err(Failure::failed(format!("a log shows a secret of the tests:\n{hits}")));
        }
        if everything && (kept == 0 || database.is_some() && search.files == kept) {
            return Err(Failure::failed("no logs of the tests, or none of their database"));
        }
        Ok(())
    }

    /// Only the logs of a run that failed are of use.
    pub fn delete(&self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    fn verdict(files: &[(&str, &str)], everything: bool) -> Result<(), String> {
        let tree = Planted::new(files);
        let logs = KeptLogs { folder: tree.root().join("logs") };
        let verdict = logs.hold_no_secret(Some(&tree.root().join("database")), everything);
        verdict.map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_secret_in_any_log_of_the_run_fails_it() {
        let clean = ("logs/service.log", "DEBUG all is well\n");
        let postgres = ("database/postgres.log", "LOG:  ready\n");
        let line = format!("password={}\n", super::super::search::MARKER);
        assert_eq!(verdict(&[clean, postgres], true), Ok(()));
        for planted in ["logs/other.log", "database/other.log"] {
            let fault = verdict(&[clean, postgres, (planted, &line)], false).unwrap_err();
            assert!(fault.contains("other.log:1: …password="), "{fault}");
        }
    }

    #[test]
    fn a_run_of_everything_without_logs_has_searched_nothing() {
        let postgres = ("database/postgres.log", "LOG:  ready\n");
        assert!(verdict(&[postgres], true).is_err());
        assert!(verdict(&[("logs/service.log", "x\n")], true).is_err());
        assert_eq!(verdict(&[], false), Ok(()));
    }
}
