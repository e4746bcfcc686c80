//! The Postgres cluster of one test run: started by the first test that wants it, ended here.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cargo::output;

/// Ends the cluster when dropped. If this process is killed first, the cluster ends by itself some minutes later.
#[derive(Debug)]
pub struct Database {
    folder: PathBuf,
}

impl Database {
    pub fn for_this_run() -> Self {
        // Not in the home folder: root's is closed to the account that Postgres runs as.
        Self { folder: std::env::temp_dir().join(format!("footfall-test-{}", std::process::id())) }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Written by testkit when it starts the cluster.
        if let Ok(pid) = std::fs::read_to_string(self.folder.join("keeper.pid")) {
            output("kill", &["-TERM", pid.trim()]);
            let start = Instant::now();
            while Path::new("/proc").join(pid.trim()).exists()
                && start.elapsed() < Duration::from_secs(20)
            {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
