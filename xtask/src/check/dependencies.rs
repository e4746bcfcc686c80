//! Which crates may know which. `deny.toml` judges the crates of others.

use std::path::Path;

use super::Violation;
use crate::source;
use crate::workspace::Workspace;

const SERVICES: &[&str] = &["auth-service", "data-service", "analytics-service"];
/// The tests across the services.
const ACROSS: &str = "e2e";
const OURS: &[&str] = &[
    "auth-service",
    "data-service",
    "analytics-service",
    "common",
    "migrations",
    "testkit",
    "e2e",
    "xtask",
];

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    let root = workspace.root();
    let mut violations: Vec<Violation> =
        OURS.iter().flat_map(|name| of_crate(root, name)).collect();
    // The quick form of what `deny.toml` bans: two providers in one program, and some client panics.
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    if lock.lines().any(|line| line.trim() == "name = \"aws-lc-rs\"") {
        violations.push("Cargo.lock: aws-lc-rs came in; ring is the one crypto provider (cargo tree -i aws-lc-rs)".into());
    }
    violations.extend(imports_between_services(root));
    violations
}

/// Crates of ours that a crate may need to run; for its tests it may need testkit and the schema too. Tests across
/// the services may also call them as libraries: asking six processes thousands of questions would take too long.
fn permitted(name: &str) -> &'static [&'static str] {
    match name {
        "common" | "migrations" | "xtask" => &[],
        "e2e" => &["testkit"],
        _ => &["common", "migrations"],
    }
}

fn of_crate(root: &Path, name: &str) -> Vec<Violation> {
    let manifest = std::fs::read_to_string(root.join(name).join("Cargo.toml")).unwrap_or_default();
    let mut section = "";
    let mut violations = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let dependency = line.split(['=', '.', ' ']).next().unwrap_or_default();
        let for_tests = section == "[dev-dependencies]"
            && (name == ACROSS || ["testkit", "migrations"].contains(&dependency))
            && !["xtask", "migrations"].contains(&name);
        if section.contains("dependencies]")
            && OURS.contains(&dependency)
            && !permitted(name).contains(&dependency)
            && !for_tests
        {
            violations.push(format!("{name}/Cargo.toml: {name} may not depend on {dependency}"));
        }
    }
    violations
}

/// Also catches a path dependency under another name.
fn imports_between_services(root: &Path) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in source::files(root, &["rs"]) {
        let owner = file.path.split('/').next().unwrap_or_default();
        if file.path.starts_with(&format!("{ACROSS}/tests/")) {
            continue;
        }
        let code = file.code();
        for service in SERVICES.iter().filter(|service| **service != owner) {
            let name = service.replace('-', "_");
            if code.contains(&format!("{name}::")) || code.contains(&format!("use {name}")) {
                violations.push(format!("{}: imports {service}", file.path));
            }
        }
    }
    violations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    fn violations(files: &[(&str, &str)]) -> Vec<Violation> {
        check(&Planted::new(files).workspace())
    }

    #[test]
    fn a_service_may_not_need_testkit_or_another_service() {
        let fine = "[dependencies]\ncommon.workspace = true\n[dev-dependencies]\ntestkit.workspace = true\n";
        assert_eq!(violations(&[("auth-service/Cargo.toml", fine)]).len(), 0);
        let testkit = "[dependencies]\ntestkit.workspace = true\n";
        assert_eq!(violations(&[("auth-service/Cargo.toml", testkit)]).len(), 1);
        let other = "[dev-dependencies]\ndata-service = { path = \"../data-service\" }\n";
        assert_eq!(violations(&[("auth-service/Cargo.toml", other)]).len(), 1);
        assert_eq!(
            violations(&[("migrations/Cargo.toml", "[dependencies]\ncommon = { path = \"x\" }")])
                .len(),
            1
        );
    }

    #[test]
    fn an_import_of_another_service_is_found() {
        let code = "use data_service::domain::Day;";
        assert_eq!(violations(&[("auth-service/src/app/x.rs", code)]).len(), 1);
        assert_eq!(violations(&[("data-service/tests/x.rs", code)]).len(), 0);
        assert_eq!(violations(&[("e2e/tests/x.rs", code)]).len(), 0);
        assert_eq!(violations(&[("e2e/src/x.rs", code)]).len(), 1);
    }

    #[test]
    fn the_second_crypto_provider_is_found() {
        assert_eq!(violations(&[("Cargo.lock", "[[package]]\nname = \"aws-lc-rs\"\n")]).len(), 1);
    }
}
