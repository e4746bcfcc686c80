//! The real GA4 days that some tests want and that are never part of the repository.

use std::path::PathBuf;

/// The folder named by `FOOTFALL_SAMPLE_DATA`, when it exists.
pub fn dir() -> Option<PathBuf> {
    std::env::var_os("FOOTFALL_SAMPLE_DATA").map(PathBuf::from).filter(|dir| dir.is_dir())
}

/// The sample folder, or a line that `cargo xtask test` counts and reports. The caller returns on `None`:
/// `let Some(sample) = sample::dir_or_not_run("seven_days") else { return };`
pub fn dir_or_not_run(test: &str) -> Option<PathBuf> {
    let found = dir();
    if found.is_none() {
        // The test harness hides what a passing test prints to `stdout` through `println!`; this must be seen.
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "not run: no sample ({test})");
    }
    found
}

/// The text of one of its files.
///
/// # Panics
/// When it cannot be read: a sample that is there is whole.
#[must_use]
pub fn text(dir: &std::path::Path, name: &str) -> String {
    let path = dir.join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
