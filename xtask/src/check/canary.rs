//! clippy ignores a banned path that it cannot resolve, so each one must be used by the canary, which expects the lint
//! and therefore breaks the clippy run when it stays silent.

use super::Violation;
use crate::workspace::Workspace;

const CANARY: &str = "testkit/examples/clippy_canary.rs";

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let read =
        |path: &str| std::fs::read_to_string(workspace.root().join(path)).unwrap_or_default();
    let banned = banned(&read("clippy.toml"));
    if banned.is_empty() {
        return vec!["clippy.toml bans nothing".to_owned()];
    }
    let canary = read(CANARY);
    banned
        .into_iter()
        .filter(|path| !canary.contains(&format!("/// `{path}`")))
        .map(|path| format!("{CANARY} does not prove that `{path}` is flagged"))
        .collect()
}

fn banned(configuration: &str) -> Vec<String> {
    configuration
        .split("path = \"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(path, _)| path.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    #[test]
    fn a_ban_without_its_proof_is_found() {
        let bans =
            "disallowed-methods = [\n { path = \"a::b\", reason = \"x\" },\n { path = \"c::d\" } ]";
        let tree = Planted::new(&[("clippy.toml", bans), (CANARY, "/// `a::b`\nfn f() {}")]);
        let violations = check(&tree.workspace());
        assert_eq!(violations.len(), 1);
        assert!(violations[0].contains("c::d"));
    }
}
