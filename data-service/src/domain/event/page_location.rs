//! Host and path of an address as GA4 collects it: often not a strict URL, so it is cut, never parsed.

use crate::domain::key_text::{LONGEST_PATH, cut};

/// The path without query and fragment, its beginning when it is very long; `/` for a bare origin. `None` when the text is no
/// address.
pub fn path(location: &str) -> Option<&str> {
    let rest = match after_scheme(location) {
        Some(rest) => match rest.find(['/', '?', '#']) {
            Some(at) => &rest[at..],
            None => return Some("/"),
        },
        None if location.starts_with('/') => location,
        None => return None,
    };
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    Some(if end == 0 { "/" } else { cut(&rest[..end], LONGEST_PATH) })
}

/// The host without user, port and path.
pub(super) fn host(location: &str) -> Option<&str> {
    let rest = after_scheme(location)?;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    if host.is_empty() { None } else { Some(host) }
}

fn after_scheme(location: &str) -> Option<&str> {
    let (scheme, rest) = location.split_once("://")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    if scheme.is_empty() || !scheme.bytes().all(plain) { None } else { Some(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (location, expected) in [
            ("https://shop.example/a/b?c=d#e", Some("/a/b")),
            ("https://shop.example", Some("/")),
            ("https://shop.example?x=/y", Some("/")),
            ("https://shop.example#/route", Some("/")),
            ("https://shop.example:8443/ü", Some("/ü")),
            ("/only/path?x", Some("/only/path")),
            ("android-app://com.example/screen", Some("/screen")),
            ("/login?next=https://x/y", Some("/login")),
            ("not an address", None),
            ("", None),
        ] {
            assert_eq!(path(location), expected, "{location}");
        }
    }

    #[test]
    fn a_path_that_fits_into_no_key_is_cut() {
        let location = format!("https://shop.example/{}?q=1", "ü".repeat(3_000));
        let cut = path(&location).unwrap();
        assert_eq!((cut.len(), cut.chars().count()), (999, 500));
        assert!(location.contains(cut));
    }

    #[test]
    fn hosts() {
        for (location, expected) in [
            ("https://shop.example/a", Some("shop.example")),
            ("https://user:pw@shop.example:8443/a", Some("shop.example")),
            ("https://[::1]:80/", Some("[::1]")),
            ("https:///x", None),
            ("/path", None),
        ] {
            assert_eq!(host(location), expected, "{location}");
        }
    }
}
