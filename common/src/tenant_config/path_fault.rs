//! What types cannot say about where the files of a feed lie. Checked when it is stored.

use super::sftp::SftpPaths;

/// Longest path, in bytes.
const MAX_PATH: usize = 500;
/// Longest name of a file, in bytes, of any file system in use.
const MAX_NAME: usize = 255;

/// Why a path is none of a file below the login's folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    #[error("expected 1 to {} printable characters", MAX_PATH)]
    Text,
    #[error("starts in the login's folder, so without a slash before it")]
    Rooted,
    #[error("must not lead upwards")]
    Upwards,
    #[error("names a folder; add a file or a pattern")]
    Folder,
    #[error("may have a pattern in its last part only")]
    Pattern,
    #[error("parts are separated by /")]
    Separator,
    #[error("the name of a file has at most {} bytes", MAX_NAME)]
    Name,
}

impl SftpPaths {
    /// Everything that is wrong with the paths, by the feed's name; nothing when files can lie there.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, PathFault)> {
        [("customers", &self.customers), ("locations", &self.locations)]
            .into_iter()
            .filter_map(|(feed, path)| Some((feed, fault(path.as_deref()?)?)))
            .collect()
    }
}

impl PathFault {
    /// Such as `path`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            _ => "path",
        }
    }
}

/// `out/customers_*.csv` is a folder below the login's and a name, which may be a pattern of `*` and `?`.
fn fault(path: &str) -> Option<PathFault> {
    if path.trim().is_empty() || path.len() > MAX_PATH || path.chars().any(char::is_control) {
        return Some(PathFault::Text);
    }
    if path.contains('\\') {
        return Some(PathFault::Separator);
    }
    if path.starts_with('/') {
        return Some(PathFault::Rooted);
    }
    if path.split('/').any(|part| part == "..") {
        return Some(PathFault::Upwards);
    }
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if folder.contains(['*', '?']) {
        return Some(PathFault::Pattern);
    }
    match name {
        "" | "." => Some(PathFault::Folder),
        name if name.len() > MAX_NAME => Some(PathFault::Name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_patterns_below_the_folder_are_accepted() {
        for path in [
            "customers.csv",
            "./customers.csv",
            "out/2026/customers_*.csv",
            "out.d/..customers?.xlsx",
            "Kundenstämme/Kunden 1.csv",
            "~a..b/c~.csv",
            "*",
        ] {
            assert_eq!(fault(path), None, "{path}");
        }
    }

    #[test]
    fn what_leads_elsewhere_or_names_no_file_is_told_apart() {
        let long = "n".repeat(MAX_NAME + 1);
        let endless = "n/".repeat(MAX_PATH);
        for (path, expected) in [
            ("", PathFault::Text),
            ("  ", PathFault::Text),
            ("a\0.csv", PathFault::Text),
            ("a\n.csv", PathFault::Text),
            ("a\u{7f}.csv", PathFault::Text),
            (endless.as_str(), PathFault::Text),
            ("/etc/customers.csv", PathFault::Rooted),
            ("//customers.csv", PathFault::Rooted),
            ("../customers.csv", PathFault::Upwards),
            ("out/../../customers.csv", PathFault::Upwards),
            ("out/..", PathFault::Upwards),
            ("..", PathFault::Upwards),
            ("out/", PathFault::Folder),
            (".", PathFault::Folder),
            ("out/.", PathFault::Folder),
            ("*/customers.csv", PathFault::Pattern),
            ("out?/customers.csv", PathFault::Pattern),
            ("..\\customers.csv", PathFault::Separator),
            (long.as_str(), PathFault::Name),
        ] {
            assert_eq!(fault(path), Some(expected), "{path:?}");
        }
    }
}
