//! The part of `deny.toml` that the lock file alone can answer, for machines on which cargo-deny cannot be installed.

/// Where every crate that is not ours must come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Banned crates and foreign sources. Bans with exceptions (`wrappers`) and licences need cargo-deny.
pub fn violations(policy: &str, lock: &str) -> Vec<String> {
    let banned: Vec<&str> = policy
        .lines()
        .filter(|line| {
            line.contains("{ crate = \"") && line.contains("reason") && !line.contains("wrappers")
        })
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    let mut found = Vec::new();
    for package in lock.split("[[package]]") {
        let value = |key: &str| {
            let start = format!("{key} = \"");
            package.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
        };
        let name = value("name").unwrap_or_default();
        if banned.contains(&name) {
            found.push(format!("Cargo.lock: {name} is banned by deny.toml"));
        }
        if value("source").is_some_and(|source| source != CRATES_IO) {
            found.push(format!("Cargo.lock: {name} does not come from crates.io"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

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
