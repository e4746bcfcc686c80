//! Which modules a piece of code names.

/// A path into the crate, by its first segment below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub line: usize,
    /// `store` of `crate::store::shard`.
    pub module: String,
}

/// Every `{root}::x`, those inside `{root}::{a, b::c}` included. `root` is `crate` or a crate's name.
pub fn references(code: &str, root: &str) -> Vec<Reference> {
    let needle = format!("{root}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&needle) {
        if code[..at]
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + needle.len()..];
        for module in first_segments(rest) {
            found.push(Reference { line, module });
        }
    }
    found
}

fn first_segments(rest: &str) -> Vec<String> {
    let rest = rest.trim_start();
    match rest.strip_prefix('{') {
        Some(group) => group_members(group),
        None => word(rest).into_iter().collect(),
    }
}

/// The members of a use group, by their first segment.
fn group_members(group: &str) -> Vec<String> {
    let mut members = Vec::new();
    let mut depth = 0;
    let mut expects_member = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_member = true,
            _ if expects_member && !c.is_whitespace() => {
                members.extend(word(&group[at..]));
                expects_member = false;
            }
            _ => {}
        }
    }
    members
}

fn word(text: &str) -> Option<String> {
    let word: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(code: &str) -> Vec<String> {
        references(code, "crate").into_iter().map(|reference| reference.module).collect()
    }

    #[test]
    fn plain_paths_and_groups_are_found() {
        assert_eq!(modules("use crate::store::shard;"), ["store"]);
        assert_eq!(
            modules("use crate::{app::load, domain::{Day, Key}, store};"),
            ["app", "domain", "store"]
        );
        assert_eq!(modules("pub(crate) fn f() { mycrate::x(); crate::http::y() }"), ["http"]);
    }

    #[test]
    fn a_reference_knows_its_line() {
        assert_eq!(references("\n\nuse crate::app;", "crate")[0].line, 3);
    }
}
