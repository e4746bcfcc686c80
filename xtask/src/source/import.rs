//! Imports, each by its whole path.

/// The code with every group of a `use` written out: `use a::{b, c::d};` becomes `use a::b a::c::d;`. Line for line,
/// so that each name stays where it is.
pub fn ungrouped(code: &str) -> String {
    let mut written = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = first_use(rest) {
        let (before, tree) = rest.split_at(at);
        let (tree, after) = tree.split_at(tree.find(';').unwrap_or(tree.len()));
        written.push_str(before);
        write_out(tree, &mut written);
        rest = after;
    }
    written.push_str(rest);
    written
}

/// Behind the first `use` that imports; the one of `impl Trait + use<'a>` captures.
fn first_use(code: &str) -> Option<usize> {
    code.match_indices("use").find_map(|(at, word)| {
        let end = at + word.len();
        let whole = !code[..at].ends_with(is_word);
        (whole && code[end..].starts_with(char::is_whitespace)).then_some(end)
    })
}

fn write_out(tree: &str, written: &mut String) {
    let mut path = String::new();
    // How much of the path each open group stands behind.
    let mut groups: Vec<usize> = Vec::new();
    for c in tree.chars() {
        match c {
            '{' => groups.push(path.len()),
            ',' | '}' => {
                write_name(&path, &groups, written);
                if c == '}' {
                    groups.pop();
                }
                path.truncate(shared(&groups));
            }
            '\n' => written.push('\n'),
            // Only the spaces around `as` part words.
            _ if c.is_whitespace() && !path.ends_with(is_word) => {}
            _ => path.push(c),
        }
    }
    write_name(&path, &groups, written);
}

/// Nothing where a group has just ended, or is empty.
fn write_name(path: &str, groups: &[usize], written: &mut String) {
    if path.len() > shared(groups) {
        written.push(' ');
        written.push_str(path.trim_end());
    }
}

fn shared(groups: &[usize]) -> usize {
    groups.last().copied().unwrap_or(0)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_written_out_however_deep() {
        assert_eq!(ungrouped("use a::b; f();"), "use a::b; f();");
        assert_eq!(ungrouped("pub use a::{b, c::d as e};"), "pub use a::b a::c::d as e;");
        assert_eq!(
            ungrouped("use a::{b::{self, c}, d, e::{f::{g}, h}, i}; x"),
            "use a::b::self a::b::c a::d a::e::f::g a::e::h a::i; x"
        );
        assert_eq!(ungrouped("use {a::b, c}; use a::{};"), "use a::b c; use;");
    }

    #[test]
    fn names_stay_on_their_lines() {
        let code = "use a::{\n    b::{\n        c,\n    },\n    d,\n};\n";
        assert_eq!(ungrouped(code), "use\n\n a::b::c\n\n a::d\n;\n");
    }

    #[test]
    fn what_imports_nothing_is_left_alone() {
        for code in ["fn f() -> impl X + use<'a> { reuse (a, {b}) }", "let used = {a};", "use"] {
            assert_eq!(ungrouped(code), code);
        }
    }
}
