//! Rules that clippy cannot know, one a file. Each is proved by a test on a tree that breaks it.

mod acceptance;
mod attributes;
mod canary;
mod dependencies;
mod layering;
mod names;
mod size;
mod test_function;

use crate::failure::Failure;
use crate::workspace::Workspace;

/// Where a rule is broken and how to mend it.
pub type Violation = String;

type Check = fn(&Workspace) -> Vec<Violation>;

/// In the order in which `ci` runs them.
pub const ALL: &[(&str, Check)] = &[
    ("layering", layering::check),
    ("names", names::check),
    ("size", size::check),
    ("attributes", attributes::check),
    ("canary", canary::check),
    ("acceptance", acceptance::check),
    ("dependencies", dependencies::check),
];

/// Runs one check, or all.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|(known, _)| known != name)) {
        let known: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
        return Err(Failure::stopped(format!(
            "no check `{unknown}`; there are {}",
            known.join(", ")
        )));
    }
    let mut broken = 0;
    for (name, check) in
        ALL.iter().filter(|(name, _)| names.is_empty() || names.iter().any(|wanted| wanted == name))
    {
        broken += report(name, &check(workspace));
    }
    if broken == 0 { Ok(()) } else { Err(Failure::failed(format!("{broken} violations"))) }
}

/// Prints the outcome of one check and answers how many violations there are.
pub fn report(name: &str, violations: &[Violation]) -> usize {
    if violations.is_empty() {
        println!("check {name}: ok");
    }
    for violation in violations {
        println!("check {name}: {violation}");
    }
    violations.len()
}
