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
    use proptest::prelude::*;

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

    /// What a browser on our origin makes of the path.
    fn followed(path: &str) -> reqwest::Url {
        let here: reqwest::Url = "https://app.example.com/auth/v1/callback".parse().unwrap();
        here.join(path).unwrap()
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_the_browser_stays_on_our_origin(wanted in ".{0,40}") {
            let url = followed(return_to(Some(&wanted)));
            prop_assert_eq!(url.origin().ascii_serialization(), "https://app.example.com");
        }

        #[test]
        fn nor_does_anything_that_resembles_an_address_lead_away(
            wanted in "[/\\\\\t\r\n .@:?#a-z]{0,12}(evil\\.example)?[/\\\\@:.]{0,4}"
        ) {
            let kept = return_to(Some(&wanted));
            let url = followed(kept);
            prop_assert_eq!(url.host_str(), Some("app.example.com"), "{}", kept);
            prop_assert!(kept.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
        }

        #[test]
        fn ordinary_paths_are_kept(wanted in "/[a-z0-9-]{1,10}(/[a-z0-9]{1,10}){0,3}(\\?[a-z]=[0-9]{1,3})?") {
            prop_assert_eq!(return_to(Some(&wanted)), wanted.as_str());
        }
    }
}
