//! The layers of a service.

use super::{Violation, named_modules, top, violation};
use crate::source::Source;

/// What each layer may name besides itself. `config` and `error` belong to everyone. `cli` either calls the roles or
/// only describes the arguments that they take.
const LAYERS: &[(&str, &[&str])] = &[
    ("main", &["lib", "cli", "roles", "wire"]),
    ("lib", &["cli", "roles", "http", "jobs", "wire"]),
    ("cli", &["roles", "http", "jobs", "app", "domain", "store", "adapters", "render", "wire"]),
    ("roles", &["cli", "http", "jobs", "app", "domain", "store", "adapters", "render", "wire"]),
    ("wire", &["app", "domain", "store", "adapters", "render"]),
    ("http", &["app", "domain", "wire"]),
    ("jobs", &["app", "domain", "adapters", "store", "wire"]),
    ("app", &["domain", "store", "adapters", "render"]),
    ("render", &["domain"]),
    ("store", &["domain"]),
    ("adapters", &["domain"]),
    ("domain", &[]),
    ("config", &["domain", "adapters"]),
    ("error", &["domain", "store", "adapters"]),
];
const EVERYONES: &[&str] = &["config", "error"];

pub fn check(file: &Source, inside: &str) -> Vec<Violation> {
    let layer = top(inside);
    let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
        return vec![violation(file, 1, &format!("`{layer}` is no layer of a service"))];
    };
    named_modules(file, inside)
        .into_iter()
        .filter(|reference| {
            let named = reference.module.as_str();
            let known = LAYERS.iter().any(|(name, _)| *name == named);
            let everyones = EVERYONES.contains(&named) && layer != "domain";
            known && named != layer && !below.contains(&named) && !everyones
        })
        .map(|reference| {
            violation(file, reference.line, &format!("{layer} may not know {}", reference.module))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(inside: &str, text: &str) -> usize {
        let file = Source { path: format!("data-service/src/{inside}"), text: text.into() };
        check(&file, inside).len()
    }

    #[test]
    fn arrows_downwards_are_fine() {
        assert_eq!(
            violations("http/jobs/list.rs", "use crate::app::list_jobs; use crate::error::Error;"),
            0
        );
        assert_eq!(
            violations(
                "app/load.rs",
                "use crate::{domain::Day, store::shard, adapters::bigquery};"
            ),
            0
        );
        assert_eq!(violations("store/shard.rs", "use super::day; use crate::domain::Day;"), 0);
    }

    #[test]
    fn arrows_upwards_and_sidewards_are_found() {
        assert_eq!(violations("store/shard.rs", "use crate::app::load;"), 1);
        assert_eq!(violations("store/shard.rs", "use crate::adapters::sftp;"), 1);
        assert_eq!(violations("http/jobs/list.rs", "use crate::store::job;"), 1);
        assert_eq!(violations("domain/day.rs", "use crate::{domain::key, config::Config};"), 1);
        assert_eq!(violations("app/load.rs", "fn f() { crate::http::router() }"), 1);
        assert_eq!(violations("store/shard.rs", "use super::super::app::load;"), 1);
    }

    #[test]
    fn a_folder_that_is_no_layer_is_found() {
        assert_eq!(violations("services/x.rs", ""), 1);
    }
}
