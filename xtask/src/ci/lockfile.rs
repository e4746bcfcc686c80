//! The part of `deny.toml` that the lock file alone can answer, for machines on which cargo-deny cannot be installed.

/// Where every crate that is not ours must come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Banned crates and foreign sources. Bans with exceptions (`wrappers`) and licences need cargo-deny.
pub fn violations(policy: &str, lock: &str) -> Vec<String> {
    let banned: Vec<Ban<'_>> = policy
        .lines()
        .filter(|line| {
            line.contains("{ crate = \"") && line.contains("reason") && !line.contains("wrappers")
        })
        .filter_map(|line| Some(Ban::parse(line.split('"').nth(1)?)))
        .collect();
    let mut found = Vec::new();
    for package in lock.split("[[package]]") {
        let value = |key: &str| {
            let start = format!("{key} = \"");
            package.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
        };
        let name = value("name").unwrap_or_default();
        let version = value("version").unwrap_or_default();
        if banned.iter().any(|ban| ban.covers(name, version)) {
            found.push(format!("Cargo.lock: {name} {version} is banned by deny.toml"));
        }
        if value("source").is_some_and(|source| source != CRATES_IO) {
            found.push(format!("Cargo.lock: {name} does not come from crates.io"));
        }
    }
    found
}

/// A crate, or its versions below one.
struct Ban<'a> {
    name: &'a str,
    below: Option<Vec<u64>>,
}

impl<'a> Ban<'a> {
    /// `name` or `name:<1.2.3`.
    fn parse(text: &'a str) -> Self {
        match text.split_once(":<") {
            Some((name, version)) => Self { name, below: Some(numbers(version)) },
            None => Self { name: text, below: None },
        }
    }

    fn covers(&self, name: &str, version: &str) -> bool {
        self.name == name && self.below.as_ref().is_none_or(|below| numbers(version) < *below)
    }
}

/// What stands between the dots, before any suffix.
fn numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or_default();
    plain.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ban_may_be_of_older_versions_only() {
        let policy = "  { crate = \"tokio:<1.2.0\", reason = \"x\" },";
        let of = |version: &str| {
            let lock = format!("[[package]]\nname = \"tokio\"\nversion = \"{version}\"\n");
            violations(policy, &lock).len()
        };
        assert_eq!((of("1.1.9"), of("1.2.0"), of("1.10.0"), of("0.9.0")), (1, 0, 0, 1));
    }

    const POLICY: &str = "deny = [\n  { crate = \"native-tls\", reason = \"TLS is rustls\" },\n  \
                          { crate = \"openssl-sys\", wrappers = [\"libssh2-sys\"], reason = \"x\" },\n]";

    fn lock(name: &str, source: &str) -> String {
        format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n")
    }

    #[test]
    fn a_banned_crate_and_a_foreign_source_are_found() {
        assert_eq!(violations(POLICY, &lock("tokio", CRATES_IO)).len(), 0);
        assert_eq!(violations(POLICY, &lock("openssl-sys", CRATES_IO)).len(), 0);
        assert_eq!(violations(POLICY, &lock("native-tls", CRATES_IO)).len(), 1);
        assert_eq!(violations(POLICY, &lock("tokio", "git+https://example.org/tokio")).len(), 1);
    }
}
