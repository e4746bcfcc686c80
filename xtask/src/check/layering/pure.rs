//! `domain` computes: no input or output, no clock, no framework. `http` writes no SQL.

use super::{Violation, top, violation};
use crate::source::{Source, ungrouped};

const NOT_IN_DOMAIN: &[&str] = &[
    "sqlx",
    "sea_orm",
    "tokio",
    "poem",
    "poem_openapi",
    "reqwest",
    "ssh2",
    "lettre",
    "gcp_bigquery_client",
    "rand",
    "common::db",
    "common::http",
    "common::net",
    "common::jobs",
    "common::lifecycle",
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::env",
    "std::process",
    "SystemTime",
    "Instant",
    "Utc::now",
];
const NOT_IN_HTTP: &[&str] = &["sqlx", "sea_orm", "common::db::sql"];

pub fn check(file: &Source, inside: &str) -> Vec<Violation> {
    let layer = top(inside);
    let banned = match layer {
        "domain" => NOT_IN_DOMAIN,
        "http" => NOT_IN_HTTP,
        _ => return Vec::new(),
    };
    // Tests may read samples and prepare rows.
    if inside.contains("/tests/") || inside.ends_with("/tests.rs") {
        return Vec::new();
    }
    let code = file.code();
    let tests = code.find("#[cfg(test)]").unwrap_or(code.len());
    ungrouped(&code[..tests])
        .lines()
        .enumerate()
        .flat_map(|(at, line)| {
            banned
                .iter()
                .filter(move |name| names(line, name))
                .map(move |name| violation(file, at + 1, &format!("{layer} may not use {name}")))
        })
        .collect()
}

/// `name` as a path of its own, not as the end of another word; a type also at the end of its path.
fn names(line: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        let of_type = name.starts_with(char::is_uppercase);
        !before.is_some_and(|c| is_word(c) || (c == ':' && !of_type))
            && !after.is_some_and(is_word)
            && (after == Some(':') || name.contains("::") || of_type)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(inside: &str, text: &str) -> usize {
        let file = Source { path: format!("data-service/src/{inside}"), text: text.into() };
        check(&file, inside).len()
    }

    #[test]
    fn domain_knows_no_framework_clock_or_database() {
        assert_eq!(violations("domain/day.rs", "use sqlx::PgConnection;"), 1);
        assert_eq!(violations("domain/day.rs", "use common::db::TenantTx;"), 1);
        assert_eq!(violations("domain/day.rs", "let start = Instant::now();"), 1);
        assert_eq!(violations("domain/day.rs", "use std::time::{Duration, Instant};"), 1);
        assert_eq!(violations("domain/day.rs", "use std::time::Instant;"), 1);
        assert_eq!(violations("domain/day.rs", "use std::{env, fmt, fs::File};"), 2);
        assert_eq!(violations("domain/day.rs", "use common::{db, kernel::Money};"), 1);
        assert_eq!(violations("domain/day.rs", "use common::kernel::Money; // not sqlx::x"), 0);
        assert_eq!(violations("domain/day.rs", "let poem = 1; struct InstantReport;"), 0);
        assert_eq!(violations("domain/day/tests/sample.rs", "std::fs::read(path)"), 0);
    }

    #[test]
    fn http_writes_no_sql() {
        assert_eq!(violations("http/list.rs", "use common::db::sql::query;"), 1);
        assert_eq!(violations("http/list.rs", "use common::db::{DbError, sql};"), 1);
        assert_eq!(
            violations("http/list.rs", "use common::{\n    auth::Role,\n    db::{sql, Db},\n};"),
            1
        );
        assert_eq!(violations("http/list.rs", "use common::db::{Db, DbError, TenantTx};"), 0);
        assert_eq!(
            violations("http/list.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use sqlx::Row; }"),
            0
        );
    }
}
