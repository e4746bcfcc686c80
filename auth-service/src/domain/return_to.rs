//! Where the browser goes after login: a path on our own origin, nothing else.

/// The path to return to; `/` for anything that could lead elsewhere.
#[must_use]
pub fn return_to(wanted: Option<&str>) -> &str {
    wanted.filter(|path| same_origin(path)).unwrap_or("/")
}

/// Browsers read `//host` and `/\host` as another host, and drop tabs and newlines before reading.
fn same_origin(path: &str) -> bool {
    path.len() <= 2_000
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| (0x21..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_our_own_are_kept() {
        for (wanted, kept) in [
            ("/dashboard?range=7d#top", "/dashboard?range=7d#top"),
            ("/", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/\t/evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("dashboard", "/"),
            ("/a\r\nSet-Cookie: x=y", "/"),
            ("", "/"),
        ] {
            assert_eq!(return_to(Some(wanted)), kept, "{wanted}");
        }
        assert_eq!(return_to(None), "/");
    }
}
