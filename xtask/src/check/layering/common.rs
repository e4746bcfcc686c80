//! The order of the shared library's modules: a module may name those before its own rank, and its equals.

use super::{Violation, named_modules, top, violation};
use crate::source::Source;

const RANKS: &[&[&str]] = &[
    &["kernel"],
    &["columns", "config", "search_term"],
    &["telemetry", "crypto", "lifecycle"],
    &["db"],
    &["entity"],
    &[
        "auth",
        "audit",
        "http",
        "net",
        "connection_test",
        "erasure",
        "events",
        "jobs",
        "tenant_config",
    ],
    &["boot"],
];

fn rank(module: &str) -> Option<usize> {
    RANKS.iter().position(|rank| rank.contains(&module))
}

pub fn check(file: &Source, inside: &str) -> Vec<Violation> {
    let module = top(inside);
    if module == "lib" {
        return Vec::new();
    }
    let Some(own) = rank(module) else {
        return vec![violation(
            file,
            1,
            &format!("`{module}` has no place in the order of common's modules"),
        )];
    };
    named_modules(file, inside)
        .into_iter()
        .filter(|reference| rank(&reference.module).is_some_and(|named| named > own))
        .map(|reference| {
            violation(file, reference.line, &format!("{module} may not know {}", reference.module))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(inside: &str, text: &str) -> usize {
        let file = Source { path: format!("common/src/{inside}"), text: text.into() };
        check(&file, inside).len()
    }

    #[test]
    fn a_lower_module_may_not_know_a_higher_one() {
        assert_eq!(violations("jobs/claim.rs", "use crate::db::Db; use crate::kernel::Clock;"), 0);
        assert_eq!(violations("http/server.rs", "use crate::auth::Caller;"), 0);
        assert_eq!(violations("kernel/clock.rs", "use crate::db::Db;"), 1);
        assert_eq!(violations("db/connect.rs", "use crate::{kernel::Secret, jobs::Job};"), 1);
    }

    #[test]
    fn a_module_without_a_rank_is_found() {
        assert_eq!(violations("extras/x.rs", ""), 1);
    }
}
