//! Where in a drop-off folder a feed's files lie.

use super::NamePattern;

/// `out/customers_*.csv` is the folder `out` and a pattern; no folder is the login's own.
#[derive(Debug, Clone)]
pub struct DropPath {
    pub folder: String,
    pub pattern: NamePattern,
}

/// A path that names no files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DropPathError {
    #[error("{0} names a folder; add a file or a pattern")]
    Folder(String),
    #[error("{0} may have a pattern in its last part only")]
    Pattern(String),
}

impl DropPath {
    /// # Errors
    /// When the path has no last part, leads upwards, or has a pattern before its last part.
    pub fn parse(path: &str) -> Result<Self, DropPathError> {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        let folder = if folder.is_empty() { "/" } else { folder };
        if name.is_empty() {
            return Err(DropPathError::Folder(path.to_owned()));
        }
        if folder.contains(['*', '?']) || folder.split('/').any(|part| part == "..") {
            return Err(DropPathError::Pattern(path.to_owned()));
        }
        Ok(Self { folder: folder.to_owned(), pattern: NamePattern::new(name) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_a_pattern() {
        let folder = |path: &str| DropPath::parse(path).map(|path| path.folder).ok();
        assert_eq!(folder("customers.csv").as_deref(), Some("."));
        assert_eq!(folder("out/2020/c_*.csv").as_deref(), Some("out/2020"));
        assert_eq!(folder("/c.csv").as_deref(), Some("/"));
        for bad in ["out/", "../c.csv", "out/../../c.csv", "*/c.csv"] {
            assert_eq!(folder(bad), None, "{bad}");
        }
    }
}
