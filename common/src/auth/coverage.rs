//! The proof that a service's rules and its OpenAPI document speak of the same operations.

use std::collections::BTreeSet;

use serde_json::Value;

use super::rule::template;
use super::{Access, Rule};

/// What does not fit between an OpenAPI document (with its `servers` prefix) and the rules:
/// operations without a rule, rules without an operation, public rules on operations that
/// demand a credential and the other way round.
#[must_use]
pub fn uncovered(document: &Value, rules: &[Rule]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (method, path, secured) in operations(document) {
        let key = (method.clone(), template(&path));
        let rule = rules
            .iter()
            .find(|rule| rule.method.as_str() == method && template(rule.path) == key.1);
        match rule {
            None => findings.push(format!("{method} {path} has no rule")),
            Some(rule) if (rule.access == Access::Public) == secured => findings.push(format!(
                "{method} {path}: the rule says {:?}, the document {}",
                rule.access,
                if secured { "demands a credential" } else { "demands none" },
            )),
            Some(_) => {}
        }
        seen.insert(key);
    }
    for rule in rules {
        if !seen.contains(&(rule.method.to_string(), template(rule.path))) {
            findings.push(format!("{} {} has a rule but no operation", rule.method, rule.path));
        }
    }
    findings
}

/// For a test in each service.
///
/// # Panics
/// When the document and the rules differ, or the document cannot be read.
#[track_caller]
pub fn assert_rules_cover(document: &str, rules: &[Rule]) {
    match serde_json::from_str(document) {
        Ok(document) => {
            let findings = uncovered(&document, rules);
            assert!(findings.is_empty(), "{}", findings.join("\n"));
        }
        Err(error) => panic!("the OpenAPI document cannot be read: {error}"),
    }
}

/// Method, whole path, and whether a credential is demanded.
fn operations(document: &Value) -> Vec<(String, String, bool)> {
    let prefix = document["servers"][0]["url"].as_str().unwrap_or_default();
    // A server may be written as a whole URL; rules name paths only.
    let prefix = match prefix.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => prefix,
    };
    let Some(paths) = document["paths"].as_object() else { return Vec::new() };
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if !matches!(method.as_str(), "get" | "post" | "put" | "patch" | "delete") {
                continue;
            }
            let secured = operation["security"].as_array().is_some_and(|list| !list.is_empty());
            let path = format!("{}{path}", prefix.trim_end_matches('/'));
            operations.push((method.to_uppercase(), path, secured));
        }
    }
    operations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Role;
    use poem::http::Method;
    use serde_json::json;

    #[test]
    fn every_difference_is_named() {
        let document = json!({
            "servers": [{ "url": "/data/v1" }],
            "paths": {
                "/jobs": { "get": { "security": [{ "AccessToken": [] }] }, "post": {} },
                "/jobs/{id}": { "get": { "security": [{ "AccessToken": [] }] } },
            },
        });
        let rules = [
            Rule::new(Method::GET, "/data/v1/jobs", Access::Role(Role::Viewer)),
            Rule::new(Method::POST, "/data/v1/jobs", Access::Role(Role::Analyst)),
            Rule::new(Method::PUT, "/data/v1/jobs", Access::Public),
        ];
        assert_eq!(
            uncovered(&document, &rules),
            [
                "POST /data/v1/jobs: the rule says Role(Analyst), the document demands none",
                "GET /data/v1/jobs/{id} has no rule",
                "PUT /data/v1/jobs has a rule but no operation",
            ]
        );
    }
}
