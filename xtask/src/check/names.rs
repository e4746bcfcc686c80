//! A file is named after the thing it holds.

use std::path::Path;

use super::Violation;
use crate::source;
use crate::workspace::Workspace;

/// Names that say nothing, and so collect everything.
const EMPTY_NAMES: &[&str] = &[
    "util",
    "utils",
    "helper",
    "helpers",
    "types",
    "misc",
    "manager",
    "managers",
    "common_utils",
    "stuff",
];

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    source::files(workspace.root(), &["rs"])
        .iter()
        .filter_map(|file| {
            let part = Path::new(&file.path)
                .components()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .find(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")))?;
            Some(format!("{}: `{part}` does not say what it holds", file.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    #[test]
    fn an_empty_name_is_found_as_file_and_as_folder() {
        let tree = Planted::new(&[
            ("a/src/utils.rs", ""),
            ("a/src/helpers/day.rs", ""),
            ("a/src/lease.rs", ""),
        ]);
        assert_eq!(check(&tree.workspace()).len(), 2);
    }
}
