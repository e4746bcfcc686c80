//! Exceptions to a lint carry their reason, and nothing is left for later.

use super::Violation;
use crate::source::{self, Source};
use crate::workspace::Workspace;

/// Put together here, so that this file does not contain them.
const LATER: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

pub fn check(workspace: &Workspace) -> Vec<Violation> {
    source::files(workspace.root(), &["rs"]).iter().flat_map(in_file).collect()
}

fn in_file(file: &Source) -> Vec<Violation> {
    let code = file.code();
    let mut violations = Vec::new();
    for (number, (code, text)) in code.lines().zip(file.text.lines()).enumerate() {
        let place = format!("{}:{}", file.path, number + 1);
        let squeezed: String = code.split_whitespace().collect();
        if squeezed.contains("#[allow(") || squeezed.contains("#![allow(") {
            violations.push(format!(
                "{place}: use #[expect(lint, reason = \"…\")], which ends when its reason does"
            ));
        }
        if LATER
            .iter()
            .any(|word| text.split(|c: char| !c.is_alphanumeric()).any(|found| found == *word))
        {
            violations.push(format!("{place}: finish it or leave it out"));
        }
    }
    violations.extend(expectations_without_reason(&code, &file.path));
    violations
}

fn expectations_without_reason(code: &str, path: &str) -> Vec<Violation> {
    code.match_indices("[expect(")
        .filter(|(at, _)| {
            let attribute = &code[*at..];
            let end = attribute.find(")]").unwrap_or(attribute.len());
            !attribute[..end].contains("reason")
        })
        .map(|(at, _)| {
            let line = code[..at].matches('\n').count() + 1;
            format!("{path}:{line}: the expectation gives no reason")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(text: &str) -> usize {
        in_file(&Source { path: "a/src/lib.rs".into(), text: text.into() }).len()
    }

    #[test]
    fn an_allow_is_refused_and_an_expect_needs_a_reason() {
        assert_eq!(violations("#[allow(dead_code)]\nfn f() {}"), 1);
        assert_eq!(violations("#![allow(\n dead_code)]"), 1);
        assert_eq!(violations("#[expect(dead_code)]\nfn f() {}"), 1);
        assert_eq!(violations("#[expect(dead_code, reason = \"used by a macro\")]\nfn f() {}"), 0);
        assert_eq!(violations("// never write #[allow(x)]\nlet a = \"#[allow(x)]\";"), 0);
    }

    #[test]
    fn work_left_for_later_is_found_in_comments_too() {
        assert_eq!(violations(concat!("// TO", "DO: the rest")), 1);
        assert_eq!(violations("// the mastodon"), 0);
    }
}
