//! Arrows point down and never in circles.
//!
//! In a service: `main → roles → http | jobs → app → domain, store, adapters`. In `common`: the order of its modules.

mod common;
mod pure;
mod service;

use super::Violation;
use crate::source::{self, Reference, Source};
use crate::workspace::Workspace;

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    source::files(workspace.root(), &["rs"]).iter().flat_map(in_file).collect()
}

fn in_file(file: &Source) -> Vec<Violation> {
    let Some((krate, inside)) = file.path.split_once("/src/") else { return Vec::new() };
    match krate {
        "common" => common::check(file, inside),
        _ if krate.ends_with("-service") => {
            [service::check(file, inside), pure::check(file, inside)].concat()
        }
        _ => Vec::new(),
    }
}

/// The first segment of a path below `src`: the layer or module a file belongs to.
fn top(inside: &str) -> &str {
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Top-level modules that the file names, by `crate::` or by enough `super::` to reach the root.
fn named_modules(file: &Source, inside: &str) -> Vec<Reference> {
    let code = file.code();
    let mut found = source::references(&code, "crate");
    let depth = inside.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    let up = vec!["super"; depth].join("::");
    // The same chain inside `mod tests` ends one level lower; it then names no top-level module.
    found.extend(
        source::references(&code, &up).into_iter().filter(|reference| reference.module != "super"),
    );
    found
}

fn violation(file: &Source, line: usize, message: &str) -> Violation {
    format!("{}:{line}: {message}", file.path)
}
