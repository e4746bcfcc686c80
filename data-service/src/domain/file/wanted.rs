//! Which entries of a remote folder are files to load.

use std::fmt;

/// Longest file name, in bytes: what common file systems allow.
pub const MAX_NAME_BYTES: usize = 255;
/// Longest whole path, in bytes.
pub const MAX_PATH_BYTES: usize = 1_024;

/// Endings and beginnings that uploads and editors give to files they have not finished.
const UNFINISHED_ENDINGS: [&str; 4] = [".part", ".filepart", ".tmp", "~"];

/// Why an entry is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    Unfinished,
    Hidden,
    /// `..`, a slash or a control character: no name a file can have.
    UnsafeName,
    NotUtf8,
    NameTooLong,
    OutsideRoot,
    NotAFile,
    /// Size or modification time changed between two looks.
    StillWritten,
}

impl SkipReason {
    /// The published code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Hidden => "hidden",
            Self::UnsafeName => "unsafe_name",
            Self::NotUtf8 => "not_utf8",
            Self::NameTooLong => "name_too_long",
            Self::OutsideRoot => "outside_root",
            Self::NotAFile => "not_a_file",
            Self::StillWritten => "still_written",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Judges a name as the server sent it, in the folder `folder`.
///
/// # Errors
/// The reason to leave it alone.
pub fn check_name<'a>(folder: &str, name: &'a [u8]) -> Result<&'a str, SkipReason> {
    if name.len() > MAX_NAME_BYTES || folder.len() + 1 + name.len() > MAX_PATH_BYTES {
        return Err(SkipReason::NameTooLong);
    }
    let name = std::str::from_utf8(name).map_err(|_| SkipReason::NotUtf8)?;
    if name.is_empty()
        || name == ".."
        || name == "."
        || name.contains(|c: char| c == '/' || c == '\\' || c.is_control())
    {
        return Err(SkipReason::UnsafeName);
    }
    if name.starts_with('.') {
        return Err(SkipReason::Hidden);
    }
    let lower = name.to_ascii_lowercase();
    if UNFINISHED_ENDINGS.iter().any(|ending| lower.ends_with(ending)) {
        return Err(SkipReason::Unfinished);
    }
    Ok(name)
}

/// A shell-like pattern for file names: `*` for any run of characters, `?` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern(Vec<char>);

impl NamePattern {
    pub fn new(pattern: &str) -> Self {
        Self(pattern.chars().collect())
    }

    /// Linear in the name for each star: the last star alone is ever tried again.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut at, mut next) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.0.get(next) {
                Some('*') => {
                    star = Some((next, at));
                    next += 1;
                }
                Some(c) if *c == '?' || *c == name[at] => {
                    at += 1;
                    next += 1;
                }
                _ => match star {
                    Some((pattern, taken)) => {
                        star = Some((pattern, taken + 1));
                        at = taken + 1;
                        next = pattern + 1;
                    }
                    None => return false,
                },
            }
        }
        self.0[next..].iter().all(|c| *c == '*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_and_unsafe_names_are_left_alone() {
        let reason = |name: &[u8]| check_name("/out", name).err();
        assert_eq!(reason(b"customers.csv"), None);
        assert_eq!(reason("Kundenstämme 2020.csv".as_bytes()), None);
        for name in ["a.csv.part", "a.filepart", "a.TMP", "a.csv~"] {
            assert_eq!(reason(name.as_bytes()), Some(SkipReason::Unfinished), "{name}");
        }
        assert_eq!(reason(b".a.csv.swp"), Some(SkipReason::Hidden));
        for name in ["..", "../etc/passwd", "a/b.csv", "a\\b.csv", "a\nb.csv", ""] {
            assert_eq!(reason(name.as_bytes()), Some(SkipReason::UnsafeName), "{name}");
        }
        assert_eq!(reason(b"K\xfcnden.csv"), Some(SkipReason::NotUtf8));
        assert_eq!(reason(&[b'a'; 256]), Some(SkipReason::NameTooLong));
        assert_eq!(check_name(&"d".repeat(1_020), b"a.csv").err(), Some(SkipReason::NameTooLong));
    }

    #[test]
    fn patterns_match_like_a_shell() {
        let matches = |pattern: &str, name: &str| NamePattern::new(pattern).matches(name);
        assert!(matches("*.csv", "customers.csv"));
        assert!(matches("customers_????-??-??.csv", "customers_2020-12-21.csv"));
        assert!(matches("*a*b*", "xxaybzz"));
        assert!(matches("*", ""));
        assert!(matches("kunden*", "kunden"));
        assert!(!matches("*.csv", "customers.csv.done"));
        assert!(!matches("a?", "a"));
        assert!(!matches("A.csv", "a.csv"));
        assert!(!matches(&"*a".repeat(30), &"a".repeat(29)));
    }
}
