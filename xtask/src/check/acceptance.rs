//! Every promise in the acceptance map is kept by a test or a command that exists.

use std::collections::HashSet;

use super::{Violation, test_function};
use crate::command::Command;
use crate::workspace::Workspace;

const MAP: &str = "docs/ACCEPTANCE.md";

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let Ok(text) = std::fs::read_to_string(workspace.root().join(MAP)) else {
        return vec![format!("{MAP} is missing")];
    };
    let tests = test_function::by_name(workspace.root());
    let mut ids = HashSet::new();
    let mut violations = Vec::new();
    let rows: Vec<Row> =
        text.lines().enumerate().filter_map(|(at, line)| Row::parse(at + 1, line)).collect();
    for row in &rows {
        let place = format!("{MAP}:{} ({})", row.line, row.id);
        if !ids.insert(row.id) {
            violations.push(format!("{place}: this id appears twice"));
        }
        if row.proofs.is_empty() {
            violations.push(format!("{place}: names no test or command in backticks"));
        }
        for proof in &row.proofs {
            if let Some(fault) = fault(proof, workspace, |crate_name, test| {
                tests
                    .get(test)
                    .is_some_and(|folders| crate_name.is_none_or(|name| folders.contains(name)))
            }) {
                violations.push(format!("{place}: {fault}"));
            }
        }
    }
    if rows.is_empty() {
        violations.push(format!("{MAP} has no row `| id | promise | test or command |`"));
    }
    violations
}

/// `| id | promise | proofs |`, the proofs in backticks.
struct Row<'t> {
    line: usize,
    id: &'t str,
    proofs: Vec<&'t str>,
}

impl<'t> Row<'t> {
    /// `None` for what is no row, a head or a rule.
    fn parse(line: usize, text: &'t str) -> Option<Self> {
        let cells: Vec<&str> =
            text.trim().strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [id, _, proofs] = cells.as_slice() else { return None };
        if *id == "id" || id.starts_with('-') || id.starts_with(':') {
            return None;
        }
        Some(Self { line, id, proofs: proofs.split('`').skip(1).step_by(2).collect() })
    }
}

/// What is wrong with one proof: a command, a file with a slash in its path, or a test by its path.
fn fault(
    proof: &str,
    workspace: &Workspace,
    test_exists: impl Fn(Option<&str>, &str) -> bool,
) -> Option<String> {
    if let Some(command) = proof.strip_prefix("cargo xtask ") {
        let name = command.split_whitespace().next().unwrap_or_default();
        return Command::parse(name)
            .is_err()
            .then(|| format!("there is no command `cargo xtask {name}`"));
    }
    if proof.contains('/') {
        return (!workspace.root().join(proof).exists())
            .then(|| format!("there is no file `{proof}`"));
    }
    let path = proof.trim_start_matches("test:").trim();
    let segments: Vec<&str> = path.split("::").collect();
    let (name, above) = segments.split_last()?;
    let exists = test_exists(above.first().copied(), name);
    (!exists).then(|| format!("there is no test `{path}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    const HEAD: &str = "# Map\n\n| id | promise | test or command |\n|---|---|---|\n";
    const TESTS: &str = "#[test]\nfn it_holds() {}\nfn no_test() {}\n";

    fn violations(rows: &str) -> Vec<Violation> {
        let map = format!("{HEAD}{rows}");
        let tree = Planted::new(&[(MAP, &map), ("data-service/tests/load.rs", TESTS)]);
        check(&tree.workspace())
    }

    #[test]
    fn rows_with_existing_proofs_pass() {
        let rows = "| main.1 | works | `cargo xtask demo --once`, `it_holds` |\n\
                    | main.2 | works | `data_service::load::it_holds` and `docs/ACCEPTANCE.md` |\n";
        assert_eq!(violations(rows), Vec::<Violation>::new());
    }

    #[test]
    fn a_missing_test_command_or_file_is_found() {
        for proof in [
            "it_is_gone",
            "no_test",
            "auth_service::it_holds",
            "cargo xtask dance",
            "docs/NOTHING.md",
        ] {
            let row = format!("| main.1 | works | `{proof}` |\n");
            assert_eq!(violations(&row).len(), 1, "{proof}");
        }
    }

    #[test]
    fn a_row_without_proof_and_a_repeated_id_are_found() {
        assert_eq!(violations("| main.1 | works | later |\n").len(), 1);
        let twice = "| main.1 | a | `it_holds` |\n| main.1 | b | `it_holds` |\n";
        assert_eq!(violations(twice).len(), 1);
        assert_eq!(violations("").len(), 1);
    }
}
