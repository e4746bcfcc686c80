//! A long file holds more than one thing.

use super::Violation;
use crate::source;
use crate::workspace::Workspace;

const MOST_LINES: usize = 400;

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    source::files(workspace.root(), &["rs", "mjs", "py", "sh", "sql"])
        .iter()
        .filter_map(|file| {
            let lines = file.text.lines().count();
            (lines > MOST_LINES).then(|| {
                format!("{} has {lines} lines, more than {MOST_LINES}: split it", file.path)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    #[test]
    fn a_file_of_401_lines_is_too_long() {
        let fits = "\n".repeat(MOST_LINES);
        let long = "\n".repeat(MOST_LINES + 1);
        let tree = Planted::new(&[("a/src/fits.rs", &fits), ("a/src/long.rs", &long)]);
        let violations = check(&tree.workspace());
        assert_eq!(violations.len(), 1);
        assert!(violations[0].starts_with("a/src/long.rs has 401 lines"));
    }
}
